"""Writes yaml-text.json: values and the text that BuildStream makes of them. Run it with the Python that BuildStream is installed for."""
import json
import os

from buildstream import _yaml

VALUES = [
    {}, [], {"a": "b"}, {"a": {}, "b": []}, {"": "empty key"}, {"a": ""},
    {"k": ["1", ["2", "3", []], {"z": "q", "y": "", "w": {"v": "u"}}, ""]},
    ["a.bst", "b: c.bst", "x:y.bst"], [{"kind": "a", "m": {"a": ["b"]}}, {"kind": "b"}], [[["x"], []], {}],
    {"k: e": "v", "---": "--- x", "#c": "#c", "?": "?", "k'": "v"}, {"k\nl": "x", "k\nm": {"a": "b"}, "k\nn": ["a"]},
    {"x" * 122: "a", "y" * 123: "b"},
] + [{"t": text} for text in [
    "set -e\necho 'x'\n  foo\n\nbar", "a\tb", "é☃", "a: b", "a #b", "a#b", "'x'", "it's", "x:", ":x", ": x", "- x", "-x", "-", "%{a}",
    "x " * 100 + "x", "\x07", "😀", "a\\b", "yes", "1.5", "?", "? x", "?x", "a \nb", "a\n b", "null", "~", "a, b", "{a}", "@x", "...", "--", "=",
    "a?b", "`x`", "\"x\"", "a\"b", "x\x85'", "\ufeff", "\x7f", "a\x1b[0m", "|", ">x", "&a", "*a", "!t", "x :y", "x: ", "a\nb",
]]

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "yaml-text.json"), "w", encoding="utf-8") as out:
    json.dump([[value, _yaml.roundtrip_dump_string(value)] for value in VALUES], out, indent=1)
    out.write("\n")
