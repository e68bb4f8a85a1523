"""Refusals: what a reader or the check says of a text (English, for commands), in Chinese and with its line."""

import re

import yaml

from app.services.editing.yaml_text import line_of_entry
from ivr.document import FlowError

_SAID = [  # what is found in the English sentence, and how the desk is told; \1 is what the pattern caught
    (r"not (?:readable as )?YAML.*", "这里的格式不对（缩进、冒号、引号或括号）"),
    (r"entry (\d+): needs name, say, department and words", r"第 \1 条要有名字、怎么说、部门和说法"),
    (r"entry (\d+): needs name and text", r"第 \1 条要有名字和要说的话"),
    (r"the word (.+) is in (.+) and in (.+)\.", r"“\1”在“\2”和“\3”里都有，只能留一处"),
    (r"(?:, entry \d+|): (\S+) is there twice", r"“\1”有两条，只能留一条"),
    (r"there is no category (\S+) in taxonomy", r"没有“\1”这个类别"),
    (r"the category 其他 is missing", "不能没有“其他”，哪类都不是的要放在那里"),
    (r"the category (\S+) has no department", r"“\1”还没有写归哪个部门"),
    (r"knows no placeholder \{+(.*?)\}+", r"没有 {\1} 这个词，花括号里只能写表里的"),
    (r"has a \{ or \} without its partner", "花括号要成对"),
    (r"“(.+)” is no time such as", r"“\1”不是时间，要写成 08:30-12:00"),
    (r"“(.+)” ends before it begins, or overlaps", r"“\1”结束比开始早，或者和别的一段重了"),
    (r"“(.+)” is no day such as", r"“\1”不是日期，要写成 2026-10-01"),
    (r"(\d{4}-\d\d-\d\d) is off and worked", r"\1 又放假又上班，只能写一边"),
    (r"(\S+) from (\S+) to (\S+) ends before it begins", r"“\1”从 \2 到 \3：最后一天比第一天早"),
    (r"(\S+) from (\S+) to (\S+) takes longer than (\d+) days",
     r"“\1”从 \2 到 \3 超过 \4 天了，请看看日期写对没有"),
    (r"(\d{4}-\d\d-\d\d) is in (\S+) and in (\S+)\.", r"\1 在“\2”和“\3”里都写了，一天只能写一次"),
    (r"(\d{4}-\d\d-\d\d) does not belong to the notice of (\d+)",
     r"\1 不归 \2 年的通知管，请看看年份写对没有"),
    (r"(\d{4}-\d\d-\d\d) is no Saturday and no Sunday", r"\1 不是周六周日，本来就上班，不用写成补班"),
    (r"(\d{4}-\d\d-\d\d) is no holiday here",
     r"\1 每年都放假，这里还没有，好像没有填完。填完了再打勾"),
    (r"a holiday has name, from and to", "一个节日要写名字、从哪天、到哪天"),
    (r"“(.+)” is no year such as", r"“\1”不是年份，要写成 2027"),
    (r"needs exactly off, worked and complete", "每一年都要有 off、worked 和 complete"),
    (r"complete: must be yes or no", "complete 只能写 yes 或者 no"),
    (r"open names no hours", "一段上班时间都没有写"),
    (r"“(.+)” is no length such as", r"“\1”不是时长，要写成 30 minutes、2 hours、3 workdays"),
    (r"sign may not take longer than answer", "签收的时限不能比答复的长"),
    (r"remind is a list of percents", "提醒的百分数要从小到大，在 1 到 99 之间"),
    (r"every step needs the same unit", "每一级的单位要一样"),
    (r"each step must come later", "越往下要越晚"),
    (r"give it in days", "要按天写，比如 15 days"),
    (r"tries is a number from 1 to (\d+)", r"次数要在 1 到 \1 之间"),
    (r"hours leave no (\d+) moments", r"这几段时间里排不下 \1 次，请多写一段，或者少打几次、差得少一些"),
    (r"`(.+)` is no span of hours", r"“\1”不是一段时间，要写成 09:30-11:00"),
    (r"currency is a word of 1 to 4 signs", "是什么钱，要写 1 到 4 个字"),
    (r"is a price, 0 or more, not (.*)", r"“\1”不是价钱，要写 0 或者更大的数"),
    (r"has a brace too many or too few", "花括号要成对"),
    (r"cannot fill in \{(.*?)\}", r"这句话里填不了 {\1}，请照原来的写"),
    (r"bunched is 1 to 720 minutes", "要在 1 到 720 分钟之间"),
    (r"chance lies between 0 and 1", "要比 0 大，比 1 小"),
    (r"the pattern “(.+?)” is longer than (\d+) characters", r"“\1……”这条说法太长，最多 \2 个字，请分成几条写"),
    (r"the pattern “(.+)”: it fits every text", r"“\1”这条说法什么话都对得上，会把所有的话都认错"),
    (r"the pattern “(.+)” takes too long", r"“\1”这条说法认得太慢，请写短一点、少用重复"),
    (r"the patterns of this list take too long", "这些说法合在一起认得太慢，请删掉一些"),
    (r"the pattern “(.+)” repeats too much", r"“\1”这条说法里重复的次数太多了，请写少一点"),
    (r"the pattern “(.+)” may use \( and",
     r"“\1”里有认不了的写法：括号后面不能写问号；(?!甲|乙) 只能写在最后，里面只写词"),
    (r"the pattern “(.+)” cannot be read: nothing is known of (\S+)\.", r"“\1”里的 \2 认不了，请换一种写法"),
    (r"the pattern “(.+)” cannot be read", r"“\1”的括号或符号不成对，认不了"),
    (r"there may be (\d+) patterns in a list", r"一处最多写 \1 条说法"),
    (r"a list of words in Chinese characters", "只能写汉字的词，不能有数字、字母和标点"),
    (r"(\S+) is no category of the first level", r"没有“\1”这个一级类别"),
    (r"needs exactly received", "每一步都要写，一步也不能少"),
    (r"(\w+) says nothing", r"“\1”没有写怎么说"),
    (r"a department is a name", "部门的名字要有 1 到 64 个字"),
    (r": (.+) is missing; a category names it", r"少了\1，有的事归它办"),
    (r"`?(\w+)`? of step `(\w+)` must be a text", r"“\2”这一步没有写话"),
    (r"The sms of step `(\w+)` may take (\d+) parts; (\d+) are the most", r"“\1”的短信太长，要 \2 条，最多 \3 条"),
    (r"Step `(\w+)` has no words for voice", r"“\1”这一步电话里没有话说了"),
    (r"Step `(\w+)` has no words for sms", r"“\1”这一步短信里没有话说了"),
    (r"The sms of step `(\w+)` cannot say", r"“\1”的短信里不能放录音和按键说明"),
    (r"`(\w+)` of step `(\w+)` is not cut into the same pieces", r"“\2”这一步的花括号要和普通话的一样多、一样的次序"),
    (r"`key` must name", "按键的说法里要有 {label} 和 {key}"),
    (r"`(.+)` stands twice", r"“\1”写了两遍"),
    (r"a village needs a name", "村名要写，64 个字以内"),
    (r"^(\S+) is no dialect", r"没有“\1”这种方言，请从列表里选"),
    (r"aliases is a list of names", "别的叫法每个要有 2 到 64 个字"),
    (r"groups is a number of groups, up to (\d+)", r"几个组请写数字，最多 \1，比如 6。不知道就写 0"),
    (r"population is a number of people", "人口请写数字，比如 1280。不知道就空着"),
    (r"town at most (\d+) signs", r"镇名请控制在 \1 个字以内"),
    (r"lat and lon are both given", "纬度和经度要写就两个都写，像 30.65 和 104.06。不知道就都空着"),
    (r"does not know `(.+?)`", r"不认识“\1”"),
    (r"misheard form|mis-hearing of one character", "听错的写法至少两个字"),
    (r"the example does not hold the word", "例句里要有这个词"),
    (r"\((\S+)\): (\S+) is missing", r"“\1”这个词少了 \2"),
]  # fmt: skip


def in_chinese(error: Exception, text: str) -> str:
    """One sentence for the desk: the line that is wrong, and what is wrong there."""
    message = getattr(error, "sentence", None) or str(error)
    said = "格式不对（缩进、冒号、引号或括号）" if isinstance(error, yaml.YAMLError) else _told(message)
    line = _line(error, message, text)
    return f"第 {line} 行：{said}。" if line else f"{said}。"


def _told(message: str) -> str:
    for pattern, told in _SAID:
        if found := re.search(pattern, message):
            return found.expand(told)
    return f"写得不对（{message.rstrip('.')}）"


def _line(error: Exception, message: str, text: str) -> int:
    if isinstance(error, FlowError):
        return error.line
    if mark := getattr(error, "problem_mark", None) or getattr(error.__cause__, "problem_mark", None):
        return mark.line + 1
    try:
        if entry := re.search(r"entry (\d+)", message):
            return line_of_entry(text, int(entry[1]))
    except yaml.YAMLError:
        return 0
    for named in re.findall(r"“(.+?)”|the word (\S+)|category (\S+)|: (\S+) is|, (\w+):", message):
        for word in filter(None, named):
            lines = [at for at, line in enumerate(text.splitlines(), 1) if word in line and not line.startswith("#")]
            if lines:
                return lines[-1]
    return 0
