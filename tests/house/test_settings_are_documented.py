"""Nobody should have to read the source to find a setting."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
READ = re.compile(r'(?:environ\.get|env\.\w+|checked\.\w+)\((?:env, )?"([A-Z_]+)"')
SHOWN = re.compile(r"^([A-Z_]+)=", re.MULTILINE)


def test_the_example_environment_shows_every_setting_and_no_other():
    sources = [ROOT / "identity_cloud" / name for name in ("checked.py", "configuration.py", "serve.py")]
    read = {name for source in sources for name in READ.findall(source.read_text())}
    assert len(read) > 10
    assert read == set(SHOWN.findall((ROOT / "deploy/environment.example").read_text()))
