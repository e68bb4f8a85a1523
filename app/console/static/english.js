// The sentences of the scripts in English (language.js); those of the pages are in english.tsv.

export default {
  "{} 开始说": "speaking since {}",
  "还没有听出话来": "nothing made out yet",
  "事项 {}": "Case {}",
  "登录过期了，新事项看不到。点这里重新登录": "The login has run out, new cases cannot be seen. Log in again here",
  "连不上系统，新事项看不到。点这里再试": "No connection, new cases cannot be seen. Try again here",
  "有新的急事，点这里看": "A new emergency: look here",
  "{} 多": "more than {}",
  "有 {} 件新事项，点这里看": "New cases: {}. Look here",
  "({}急) ": "({} urgent) ",
  "播放": "Play",
  "暂停": "Pause",
  "{} 字，{} 条短信": "{} characters, {} SMS",
  "短信和电话都用这段话。": "The SMS and the call both use these words.",
  "正在准备，约十秒……": "Preparing, about ten seconds …",
  "正在准备，约十秒，已经过了 {} 秒……": "Preparing, about ten seconds; {} seconds so far …",
  "请重新登录。写的话会留着。": "Please log in again. What you wrote is kept.",
  "现在听不了，请过一会儿再试。": "It cannot be played now, please try again in a while.",
  "对方会听到这样的声音。满意了再打电话。": "This is what will be heard. Ring when you are satisfied.",
  "网络不通，请过一会儿再试。": "No connection, please try again in a while.",
};
