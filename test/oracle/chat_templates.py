"""Renders conversations by real chat templates with transformers' own Jinja, for test/chat/real-templates.test.ts.

    python chat_templates.py PATH/TO/metadata > ../fixtures/templates/golden.json

The templates are no part of the project, so only the length and the SHA-256 of each rendering are kept.
"""

import hashlib
import json
import pathlib
import sys

from transformers.utils.chat_template_utils import render_jinja_template

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "The weather of a city.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string", "description": "Its name."}},
                "required": ["city"],
            },
        },
    }
]
CALL = {"id": "abcdefghi", "type": "function", "function": {"name": "weather", "arguments": {"city": "Oslo"}}}
PLAIN = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "How cold is it?"},
    {"role": "assistant", "content": "Where?"},
    {"role": "user", "content": "In Oslo."},
]
CALLED = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "How cold is it in Oslo?"},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "content": '{"celsius": -3}', "tool_call_id": "abcdefghi", "name": "weather"},
]


def token(value):
    return value.get("content", "") if isinstance(value, dict) else value or ""


def read(folder, name):
    path = folder / name
    return json.loads(path.read_text()) if path.exists() else {}


def render(source, tokens, messages, tools):
    try:
        [text], _ = render_jinja_template(
            conversations=[messages],
            tools=tools,
            chat_template=source,
            add_generation_prompt=True,
            date_string="26 Jul 2024",
            **tokens,
        )
    except Exception:  # a template raises what it likes
        return None
    return {"length": len(text.encode("utf-16-le")) // 2, "sha256": hashlib.sha256(text.encode()).hexdigest()}


golden = {}
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    if not folder.is_dir():
        continue
    config = read(folder, "tokenizer_config.json")
    jinja = folder / "chat_template.jinja"
    source = (
        jinja.read_text()
        if jinja.exists()
        else read(folder, "chat_template.json").get("chat_template") or config.get("chat_template")
    )
    if not isinstance(source, str):
        continue
    tokens = {"bos_token": token(config.get("bos_token")), "eos_token": token(config.get("eos_token"))}
    golden[folder.name] = {
        "plain": render(source, tokens, PLAIN, None),
        "tools": render(source, tokens, CALLED, TOOLS) if "tools" in source else None,
    }
json.dump(golden, sys.stdout, indent=2)
print()
