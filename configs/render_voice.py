"""Make the recordings that ship: ``configs/voice/LANGUAGE/``, by espeak-ng and sox.

    python configs/render_voice.py [LANGUAGE]

Needs both programs, and the package installed. What was recorded before is replaced.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from quarterturn.opening import find_book
from quarterturn.speech.pack import INDEX
from quarterturn.speech.texts import must_be_said, recorded_texts, sentences

VOICES = {"en": "en-us", "de": "de"}
RATE_HZ = "16000"
FOLDER = Path(__file__).with_name("voice")


MARKS = {",": "-comma", ":": "-colon", "?": "-question"}


def name_of(sentence: str) -> str:
    slug = re.sub(r"[^a-z0-9äöüß]+", "-", sentence).strip("-")
    return f"{slug}{MARKS.get(sentence[-1], '')}.wav"


def record(sentence: str, voice: str, path: Path) -> None:
    """Speak one sentence; cut the silence off both ends, and make all of them equally loud."""
    with tempfile.TemporaryDirectory() as folder:
        spoken = Path(folder) / "spoken.wav"
        subprocess.run(
            ["espeak-ng", "-v", voice, "-s", "165", "--stdin", "-w", str(spoken)],
            input=sentence.encode(),
            check=True,
        )
        trim = ["silence", "1", "0.01", "1%", "reverse"]
        effects = [*trim, *trim, "pad", "0.01", "0.03", "norm", "-1"]
        form = ["-r", RATE_HZ, "-c", "1", "-b", "8"]
        subprocess.run(["sox", "-R", str(spoken), *form, str(path), *effects], check=True)


def render(language: str) -> None:
    folder = FOLDER / language
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    book = find_book(language)
    texts = (*must_be_said(book), *recorded_texts(book))
    wanted = {sentence.casefold() for text in texts for sentence in sentences(text)}
    names = {sentence: name_of(sentence) for sentence in sorted(wanted)}
    if len(set(names.values())) < len(names):
        raise SystemExit("two sentences would be kept under one name")
    for sentence, name in names.items():
        record(sentence, VOICES[language], folder / name)
    version = subprocess.run(
        ["espeak-ng", "--version"], capture_output=True, text=True, check=True
    ).stdout.split("Data at")[0]
    index = {"language": language, "by": " ".join(version.split()), "sentences": names}
    text = json.dumps(index, indent=1, ensure_ascii=False)
    (folder / INDEX).write_text(text + "\n", encoding="utf-8")
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{language}: {len(names)} sentences, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    for each in sys.argv[1:] or ["en"]:
        render(each)
