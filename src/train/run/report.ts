import type { Language, Text } from "../../language.ts";
import { evaluationsOf, type Run, stepsOf } from "./list-runs.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}
interface Line {
  readonly points: readonly Point[];
  readonly colour: string;
  readonly style: "faint" | "full" | "dots";
}

/** Told apart by people who see few colours as well (Okabe & Ito 2008). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"];
const [WIDTH, HEIGHT, LEFT, BOTTOM] = [860, 300, 60, 28];
/** More points than a screen has columns say nothing. */
const MOST_POINTS = 1000;

/** Runs and their curves as one HTML file that needs nothing else: no script, no network. */
export function reportHtml(runs: readonly Run[], language: Language): string {
  const say = (text: Text): string => text[language];
  const colourOf = (i: number): string => COLOURS[i % COLOURS.length] ?? "#000";
  const lines = (draw: (run: Run, colour: string) => Line[]): Line[] =>
    runs.flatMap((run, i) => draw(run, colourOf(i)));
  const loss = lines((run, colour) => {
    const raw = stepsOf(run.metrics).map(({ step, loss }) => ({ x: step, y: loss }));
    const held = evaluationsOf(run.metrics).map(({ step, loss }) => ({ x: step, y: loss }));
    return [
      { points: raw, colour, style: "faint" },
      { points: smoothed(raw), colour, style: "full" },
      { points: held, colour, style: "dots" },
    ];
  });
  const bits = lines((run, colour) => [
    {
      points: evaluationsOf(run.metrics).flatMap(({ step, bitsPerByte }) =>
        bitsPerByte === null ? [] : [{ x: step, y: bitsPerByte }],
      ),
      colour,
      style: "dots",
    },
  ]);
  const rate = lines((run, colour) => [
    {
      points: stepsOf(run.metrics).map(({ step, learningRate }) => ({ x: step, y: learningRate })),
      colour,
      style: "full",
    },
  ]);
  const norm = lines((run, colour) => [
    {
      points: stepsOf(run.metrics).map(({ step, gradientNorm }) => ({ x: step, y: gradientNorm })),
      colour,
      style: "full",
    },
  ]);
  const charts: [Text, Line[]][] = [
    [{ en: "Loss in nats (line: smoothed; dots: held out)", zh: "损失（nat；线：平滑后，点：评估）" }, loss],
    [{ en: "Bits per byte, held out", zh: "评估：每字节比特" }, bits],
    [{ en: "Learning rate", zh: "学习率" }, rate],
    [{ en: "Norm of the gradient", zh: "梯度范数" }, norm],
  ];
  const title = say({ en: "Training runs", zh: "训练记录" });
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: ${WIDTH}px; padding: 0 1em; }
table { border-collapse: collapse; width: 100%; }
td, th { padding: 0.3em 0.8em 0.3em 0; text-align: left; border-bottom: 1px solid #8884; }
svg { width: 100%; height: auto; font-size: 12px; }
</style>
</head>
<body>
<h1>${title}</h1>
${tableOf(runs, say, colourOf)}
${charts
  .filter(([, drawn]) => drawn.some(({ points }) => points.length > 0))
  .map(([text, drawn]) => `<h2>${say(text)}</h2>\n${chart(drawn)}`)
  .join("\n")}
</body>
</html>
`;
}

function tableOf(runs: readonly Run[], say: (text: Text) => string, colourOf: (i: number) => string): string {
  const heads: Text[] = [
    { en: "Run", zh: "训练" },
    { en: "Kind", zh: "类型" },
    { en: "From", zh: "起点" },
    { en: "State", zh: "状态" },
    { en: "Steps", zh: "步数" },
    { en: "Loss", zh: "损失" },
    { en: "Best held out", zh: "最佳评估" },
    { en: "Time", zh: "用时" },
  ];
  const rows = runs.map(({ summary }, i) => {
    const { name, kind, parent, state, step, steps, loss, best, seconds } = summary;
    const cells = [
      kind,
      parent ?? "–",
      say(STATE_WORDS[state]),
      `${step}/${steps}`,
      loss?.toFixed(3) ?? "–",
      best === undefined ? "–" : `${best.loss.toFixed(3)} (${best.step})`,
      `${(seconds / 60).toFixed(1)} min`,
    ];
    const named = `<span style="color:${colourOf(i)}">●</span> ${escaped(name)}`;
    return `<tr>${[named, ...cells.map(escaped)].map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  });
  return `<table><tr>${heads.map((head) => `<th>${say(head)}</th>`).join("")}</tr>\n${rows.join("\n")}</table>`;
}

/** How the state of a run is said. */
export const STATE_WORDS: Readonly<Record<Run["summary"]["state"], Text>> = {
  running: { en: "running", zh: "进行中" },
  finished: { en: "finished", zh: "已完成" },
  interrupted: { en: "interrupted", zh: "已中断" },
  failed: { en: "failed", zh: "失败" },
};

function chart(lines: readonly Line[]): string {
  const all = lines.flatMap(({ points }) => points.filter(({ y }) => Number.isFinite(y)));
  const range = (values: readonly number[]): [number, number] => {
    const [least, most] = values.reduce(
      ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    );
    return least === most ? [least - 0.5, most + 0.5] : [least, most];
  };
  const [x0, x1] = range(all.map(({ x }) => x));
  const [y0, y1] = range(all.map(({ y }) => y));
  const placeX = (x: number): string => (LEFT + ((x - x0) / (x1 - x0)) * (WIDTH - LEFT - 8)).toFixed(1);
  const placeY = (y: number): string => (8 + ((y1 - y) / (y1 - y0)) * (HEIGHT - BOTTOM - 8)).toFixed(1);
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const grid = ticks.flatMap((share) => {
    const [x, y] = [x0 + share * (x1 - x0), y0 + share * (y1 - y0)];
    return [
      `<line x1="${LEFT}" x2="${WIDTH}" y1="${placeY(y)}" y2="${placeY(y)}" stroke="#8883"/>`,
      `<text x="${LEFT - 6}" y="${placeY(y)}" text-anchor="end" dominant-baseline="middle" fill="currentColor">${short(y)}</text>`,
      `<text x="${placeX(x)}" y="${HEIGHT - 8}" text-anchor="middle" fill="currentColor">${Math.round(x)}</text>`,
    ];
  });
  const drawn = lines.map(({ points, colour, style }) => {
    const seen = thinned(points.filter(({ y }) => Number.isFinite(y)));
    if (style === "dots") {
      const dots = seen.map(
        ({ x, y }) => `<circle cx="${placeX(x)}" cy="${placeY(y)}" r="3.5" fill="${colour}"/>`,
      );
      return dots.join("");
    }
    const path = seen.map(({ x, y }) => `${placeX(x)},${placeY(y)}`).join(" ");
    const [width, opacity] = style === "faint" ? [1, 0.25] : [1.8, 1];
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="${width}" opacity="${opacity}"/>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">\n${[...grid, ...drawn].join("\n")}\n</svg>`;
}

/** An exponential mean that begins at the first point. */
function smoothed(points: readonly Point[]): Point[] {
  const share = Math.min(0.5, 20 / Math.max(1, points.length));
  let mean = points[0]?.y ?? 0;
  return points.map(({ x, y }) => {
    mean += share * (y - mean);
    return { x, y: mean };
  });
}

function thinned(points: readonly Point[]): readonly Point[] {
  const every = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, i) => i % every === 0 || i === points.length - 1);
}

function short(value: number): string {
  return value !== 0 && Math.abs(value) < 0.01
    ? value.toExponential(1)
    : String(Number(value.toPrecision(3)));
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
