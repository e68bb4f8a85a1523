"""The console's forms: what may be sent, before any rule looks at it."""

from collections.abc import Sequence
from uuid import UUID

from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import BooleanField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import Select

from app.models import Village
from app.services.sorting.asks import ASKS
from app.services.sorting.categories import Category
from app.services.sorting.taxonomy import topics, tops
from speech_models.dialects import UNKNOWN, load_dialects

_LONGEST = 4000  # characters of any text that is typed at the desk


def _one_line_end(text: str | None) -> str | None:
    """Browsers send CR LF; an SMS counts and pays for both."""
    return text.replace("\r\n", "\n") if text else text


class LoginForm(FlaskForm):
    login = StringField("账号", [InputRequired("请写账号。"), Length(max=64, message="账号没有这么长。")])
    password = PasswordField("密码", [InputRequired("请写密码。"), Length(max=1024, message="密码没有这么长。")])


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


class _ShortSelect(Select):
    """A list to choose from in which a choice that is called as it is sent is written once: the taxonomy is long."""

    @classmethod
    def render_option(cls, choice, **more):
        if choice.value != choice.label:
            return super().render_option(choice, **more)
        return Markup("<option{}>{}</option>").format(Markup(" selected") if choice.selected else "", choice.label)


class DecisionForm(FlaskForm):
    """Category, place, urgency and ask. What is empty is what nobody has decided yet."""

    category = SelectField("类别", validate_choice=False, widget=_ShortSelect())
    village = SelectField("村", coerce=_uuid, validate_choice=False)
    place = StringField("地点", [Length(max=128, message="地点太长了，请控制在 128 字以内。")])
    ask = SelectField("诉求", validate_choice=False)
    urgent = BooleanField("急事")

    def offer(self, categories: Sequence[Category], villages: Sequence[Village]) -> "DecisionForm":
        """Fill the lists to choose from: first the everyday categories, then the whole taxonomy."""
        everyday = [(c.name, f"{c.name}（{c.department}）") for c in categories]
        below = {top: [(t, t) for t in topics() if t.startswith(f"{top}/")] for top in tops()}
        self.category.choices = {"常见的事": [("", "还没有定"), *everyday], **below}
        self.ask.choices = [("", "还没有定"), *((name, name) for name in ASKS)]
        self.village.choices = [("", "还没有定"), *((v.id, v.name) for v in villages)]
        return self

    def validate_village(self, field: SelectField) -> None:
        if field.data and field.data not in [id for id, _ in field.choices]:
            raise ValidationError("没有这个村，请从列表里选。")


class NewCaseForm(DecisionForm):
    """A matter that somebody says in person: to the same decision come who, where it was said, and the words."""

    channel = RadioField("在哪里说的", default="counter")
    phone = StringField("电话", [Length(max=32, message="电话号码没有这么长。")])
    name = StringField("姓名", [Length(max=32, message="姓名请控制在 32 字以内。")])
    words = TextAreaField("说的话", [Length(max=_LONGEST, message=f"请控制在 {_LONGEST} 字以内。")], [_one_line_end])
    receipt = BooleanField("发短信告诉编号", default=True)

    def offer(self, categories: Sequence[Category], villages: Sequence[Village]) -> "NewCaseForm":
        """Fill the lists to choose from."""
        self.channel.choices = [("counter", "窗口"), ("visit", "上门走访")]
        super().offer(categories, villages)
        return self


def dialect_choices(unsaid: str) -> list[tuple[str, str]]:
    """What somebody may speak: key and name; `unsaid` is how the empty choice is called."""
    known = load_dialects().values()
    return [("", unsaid), (UNKNOWN, "普通话"), *((dialect.key, dialect.name) for dialect in known)]


class CallerForm(FlaskForm):
    """Where a caller lives and what they speak; an empty dialect is the village's."""

    village = SelectField("住在哪个村", coerce=_uuid, validate_choice=False)
    dialect = SelectField("说什么话", validate_choice=False)

    def offer(self, villages: Sequence[Village], lives_in: Village | None) -> "CallerForm":
        """Fill the two lists to choose from."""
        self.village.choices = [("", "还不知道"), *((v.id, v.name) for v in villages)]
        spoken = load_dialects().get(lives_in.dialect) if lives_in else None
        self.dialect.choices = dialect_choices(f"和村里一样（{spoken.name}）" if spoken else "还不知道")
        return self

    def validate_village(self, field: SelectField) -> None:
        if field.data and field.data not in [id for id, _ in field.choices]:
            raise ValidationError("没有这个村，请从列表里选。")


class CorrectionForm(FlaskForm):
    text = TextAreaField("您听到的话", [Length(max=_LONGEST, message=f"请控制在 {_LONGEST} 字以内。")], [_one_line_end])


class ReplyForm(FlaskForm):
    """One draft, sent as an SMS or read out on the phone."""

    text = TextAreaField("回复的话", [Length(max=_LONGEST, message=f"请控制在 {_LONGEST} 字以内。")], [_one_line_end])


def refusal(form: FlaskForm) -> str:
    """Why a form that does not validate cannot be taken: the first sentence."""
    return next((str(error) for errors in form.errors.values() for error in errors), "请再试一次。")
