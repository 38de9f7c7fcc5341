import { PassThrough } from "node:stream";
import type { ReadStream } from "node:tty";
import fc from "fast-check";
import pc from "picocolors";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { BREAK, Keyboard } from "../../src/cli/chat/keyboard.ts";
import { LiveMarkdown } from "../../src/cli/chat/live-markdown.ts";
import { blockLines, blocksOf } from "../../src/cli/chat/markdown.ts";
import type { Screen } from "../../src/cli/screen.ts";

const TEXT = `# Title 标题

A paragraph with **bold**, *emphasis*, \`code\` and a [link](https://example.org/a), long enough to wrap.
这是一个很长的中文段落，用来检查换行是否正确，标点符号不应出现在行首。

1. First
   - nested, and long enough that it has to go on in another line of a narrow window
2. 第二

- [x] done

> quoted

\`\`\`ts
const answer = "a line of code that is longer than a narrow window"; // 注释

\`\`\`

| name | 说明 |
|---|---|
| cat | 一只猫 |

---
The end.`;

const CODES = new RegExp(`(\\n|\\r|${"\x1b"}\\[\\d*[AJ])`);

/** As much of a terminal as the drawing uses. */
class Terminal {
  readonly rows: string[] = [""];
  row = 0;
  readonly screen: Screen;

  constructor(width: number, height: number) {
    this.screen = {
      isTerminal: true,
      paint: pc.createColors(false),
      width: () => width,
      height: () => height,
      write: (text) => this.write(text),
      line: (text = "") => this.write(`${text}\n`),
    };
  }

  write(text: string): void {
    for (const part of text.split(CODES)) {
      if (part === "\n") {
        this.row++;
        this.rows[this.row] ??= "";
      } else if (part.endsWith("A")) this.row -= Number(part.slice(2, -1));
      else if (part === "\x1b[J") this.rows.splice(this.row, Number.POSITIVE_INFINITY, "");
      else if (part !== "" && part !== "\r") this.rows[this.row] += part;
    }
  }
}

describe("Markdown on a terminal", () => {
  const lines = (text: string, width: number): string[] =>
    blocksOf(text).flatMap((block) => blockLines(block, width, pc.createColors(false)));

  test("is laid out; without colours the signs of emphasis stay", () => {
    expect(lines(TEXT, 60)).toEqual([
      "# Title 标题",
      "",
      "A paragraph with **bold**, *emphasis*, `code` and a link",
      "(https://example.org/a), long enough to wrap.",
      "这是一个很长的中文段落，用来检查换行是否正确，标点符号不",
      "应出现在行首。",
      "",
      "1. First",
      "   • nested, and long enough that it has to go on in",
      "     another line of a narrow window",
      "2. 第二",
      "",
      "☑ done",
      "",
      "▏ quoted",
      "",
      '│ const answer = "a line of code that is longer than a narro',
      '│ w window"; // 注释',
      "│ ",
      "",
      "name  说明",
      "────  ──────",
      "cat   一只猫",
      "",
      "────────────────────────────────────────",
      "",
      "The end.",
      "",
    ]);
  });

  test("is coloured where colours are shown", () => {
    const [line] = blocksOf("a **b** `c`").flatMap((block) => blockLines(block, 40, pc.createColors(true)));
    expect(line).toBe("a \x1b[1mb\x1b[22m \x1b[36mc\x1b[39m");
  });

  test("is never wider than the window", () => {
    for (const width of [20, 30, 47, 100]) {
      for (const line of lines(TEXT, width)) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    }
  });

  test("drawn as it is written looks as if drawn at once, however it is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (sizes) => {
        const terminal = new Terminal(61, 200);
        const live = new LiveMarkdown(terminal.screen, 0);
        for (let at = 0, i = 0; at < TEXT.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          live.add(TEXT.slice(at, at + size));
          at += size;
        }
        live.end();
        expect(terminal.rows).toEqual([...lines(TEXT, 60), ""]);
      }),
      { numRuns: 30 },
    );
  });

  test("that outgrows the window is drawn on, not over", () => {
    const terminal = new Terminal(40, 5);
    const live = new LiveMarkdown(terminal.screen, 0);
    const items = Array.from({ length: 30 }, (_, i) => `- item ${i}\n`);
    for (const item of items) live.add(item);
    live.end();
    expect(terminal.rows.filter((row) => row !== "")).toEqual(
      items.map((item) => item.trim().replace("-", "•")),
    );
  });
});

describe("the keyboard", () => {
  function typing(): { keyboard: Keyboard; type: (keys: string) => Promise<void>; read: () => string } {
    const stream = new PassThrough();
    const keyboard = new Keyboard(stream as unknown as ReadStream);
    let text = "";
    keyboard.on("data", (part: string) => {
      text += part;
    });
    const type = async (keys: string): Promise<void> => {
      stream.write(keys);
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { keyboard, type, read: () => text };
  }

  test("keeps line breaks that are pasted or come by Alt-Enter in the message", async () => {
    const { type, read } = typing();
    await type("a\x1b\rb\r");
    expect(read()).toBe(`a${BREAK}b\r`);
    for (const keys of ["\x1b[20", "0~x\r\n\ty", "\x07\rz\x1b[2", "01~!\r"]) await type(keys);
    expect(read()).toBe(`a${BREAK}b\rx${BREAK}  y${BREAK}z!\r`);
  });

  test("holds what is typed during a reply, and forgets it at Ctrl-C", async () => {
    const { keyboard, type, read } = typing();
    let interrupts = 0;
    keyboard.hold(() => {
      interrupts++;
    });
    await type("lost\x03kept");
    expect([read(), interrupts]).toEqual(["", 1]);
    await type(" too\r");
    keyboard.release();
    await type("now");
    expect(read()).toBe("kept too\rnow");
  });
});
