"""How the mails of mail_kinds.py begin in the other languages, for realms that have no words of their own. Pure data.

One `Words` a language; the mails are put together from it as the English ones are written out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.realms.mail_word_lists import WORDS, Words

_ORGANIZATION = "{{ organization_name }}"


@dataclass(frozen=True, slots=True)
class Worded:
    subject: str
    body_html: str
    body_text: str


def worded(kind: str, language: str) -> Worded | None:
    """None where English stands."""
    return _MAILS.get(language, {}).get(kind)


def _linked(words: Words, subject: str, heading: str, sentence: str, button: str) -> Worded:
    html = f"""\
<h1>{heading}</h1>
<p>{_marked(sentence)}</p>
<p><a class="button" href="{{{{ action_url }}}}">{button}</a></p>
<p class="plain">{words.paste}<br><a href="{{{{ action_url }}}}">{{{{ action_url }}}}</a></p>
<p class="quiet">{words.link_holds} {words.link_not_you}</p>
"""
    text = f"""\
{words.hello}

{sentence}

{words.labelled.format(button)}
{{{{ action_url }}}}

{words.link_holds}
{words.link_not_you}
"""
    return Worded(subject, html, text)


def _coded(words: Words) -> Worded:
    html = f"""\
<h1>{words.code}</h1>
<p>{_marked(words.code_sentence)}</p>
<p class="code">{{{{ code }}}}</p>
<p class="quiet">{words.code_holds} {words.code_not_you}</p>
"""
    return Worded(words.code_subject, html, f"{words.code_line}\n\n{words.code_holds}\n{words.code_not_you}\n")


def _noticed(words: Words) -> Worded:
    html = f"""\
<h1>{{{{ happened }}}}</h1>
<p>{words.hello}</p>
<p>{_marked(words.notice_sentence)}</p>
<p class="quiet">{words.notice_not_you} <a href="{{{{ action_url }}}}">{{{{ action_url }}}}</a></p>
"""
    text = f"""\
{{{{ happened }}}}

{words.hello}

{words.notice_sentence}

{words.notice_not_you}
{{{{ action_url }}}}
"""
    return Worded(words.notice_subject, html, text)


def _marked(sentence: str) -> str:
    return sentence.replace(_ORGANIZATION, f"<strong>{_ORGANIZATION}</strong>")


def _mails(words: Words) -> Mapping[str, Worded]:
    return {
        "binding_link": _linked(
            words, words.invite_subject, words.invite_heading, words.invite_sentence, words.invite_button
        ),
        "recovery": _linked(
            words, words.recover_subject, words.recover_heading, words.recover_sentence, words.recover_button
        ),
        "one_time_password": _coded(words),
        "security_notice": _noticed(words),
    }


_MAILS = {language: _mails(words) for language, words in WORDS.items()}
