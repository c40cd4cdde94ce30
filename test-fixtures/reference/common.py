"""Where goldens go, and how they are written: rounded, so that files stay small and diffs quiet."""
import json
from pathlib import Path

GOLDENS = Path(__file__).parent.parent / "goldens"


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {str(key): rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    return value


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rounded(value), ensure_ascii=False) + "\n", encoding="utf-8")
