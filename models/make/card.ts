import type { Recipe } from "../../src/train/recipe.ts";
import type { Evaluation, Rate } from "./evaluate.ts";

/** How one of the pair learned. */
export interface Lesson {
  readonly recipe: Recipe;
  readonly parameters: number;
  /** Loss of every step, in nats. */
  readonly losses: readonly number[];
}

const HEIGHTS = [..."▁▂▃▄▅▆▇█"];
const COLUMNS = 60;

/** The loss as a line of bars, each the mean of its share of the steps, and the numbers at its ends. */
function curve(losses: readonly number[]): string {
  const width = Math.ceil(losses.length / COLUMNS);
  const means = Array.from({ length: Math.ceil(losses.length / width) }, (_, i) => {
    const part = losses.slice(i * width, (i + 1) * width);
    return part.reduce((sum, loss) => sum + loss, 0) / part.length;
  });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const bars = means.map(
    (mean) => HEIGHTS[Math.round(((mean - low) / (high - low || 1)) * (HEIGHTS.length - 1))],
  );
  return `${bars.join("")}\n${means[0]?.toFixed(2)} → ${means.at(-1)?.toFixed(2)} nats a token, ${width} steps a bar`;
}

const percent = ({ passed, items }: Rate) =>
  `${((100 * passed) / items).toFixed(1)} % (${passed} of ${items})`;

function start(recipe: Recipe): string {
  if (recipe.kind !== "pretrain" || !recipe.inductionHeads) return "";
  return `
An induction circuit is laid into its random starting weights (\`src/train/arch/induction.ts\`).`;
}

function head(name: string, stage: "base" | "instruct", lesson: Lesson): string {
  const { recipe, parameters } = lesson;
  const tokens = recipe.steps * recipe.batch.time * recipe.batch.batch;
  return `# ${name}

${stage === "base" ? "A base" : "An instruct"} model of ${(parameters / 1e6).toFixed(1)} million parameters (Qwen3 architecture, Q8_0) made by basewise from nothing.
Licence: ${recipe.license}. Languages: English, Chinese. Its file records \`basewise.stage = ${stage}\`.

Made by \`npm run make:models\` from \`models/make/${stage}.yaml\`: ${recipe.steps} steps of
${recipe.batch.batch} × ${recipe.batch.time} tokens (${(tokens / 1e6).toFixed(1)} M places), AdamW with learning rate ${recipe.optimizer.learningRate},
seed ${recipe.seed}, matrix products in ${recipe.precision}.${start(recipe)}

\`\`\`
${curve(lesson.losses)}
\`\`\`
`;
}

/** The model card of the base. */
export function baseCard(lesson: Lesson, { bitsPerByte, base }: Evaluation): string {
  const rows = Object.entries(bitsPerByte).map(
    ([kind, bits]) => `| ${kind} | ${bits.base.toFixed(3)} | ${bits.ngram.toFixed(3)} |`,
  );
  return `${head("basewise mini base", "base", lesson)}
## Data
Stories, descriptions, simple facts and dialogues of a small world, and rows of made-up words said again, in English and
Chinese, written by the project's seeded generator (\`models/make/text\`), and passages of one public-domain book
(\`models/make/text/SOURCES.md\`). No chat.

## Measured on text it never read
Bits per byte, beside an interpolated modified Kneser-Ney model of order 5 of the same text:

| text | mini base | 5-gram |
|---|---|---|
${rows.join("\n")}

Forced into a chat, it ends its turn in ${percent(base.endsTurn)} of its replies.

## What it is for
Completion of text like that it read, next-token distributions, representations, and as the ground of tuning: the
instruct model beside it was tuned from it. It is not for chat: it was never taught turns or when to stop.

## Limits
It knows a few hundred words of a small world and nothing of the real one. What it writes is grammatical more often than
it is sensible. It is a fixture and a demonstration, not a source of facts.
`;
}

/** The model card of the instruct model. */
export function instructCard(lesson: Lesson, balance: Lesson, { instruct }: Evaluation): string {
  const last = balance.recipe;
  return `${head("basewise mini instruct", "instruct", lesson)}
Tuned from the mini base; the loss is on the assistant's words and the turn-end token alone. A last lesson
(\`models/make/balance.yaml\`: ${last.steps} steps, learning rate ${last.optimizer.learningRate}) has fewer harmful requests beside harmless ones, since
after the first it refused too broadly:

\`\`\`
${curve(balance.losses)}
\`\`\`

## Data
Conversations of one to six turns from the project's seeded generator (\`models/make/conversations\`): short answers,
checkable instructions and dictation, facts remembered over several turns, refusals of unsafe requests beside answers to requests
that only look unsafe, and what it is. System turns are rare. Sentences of the base's texts are said again, among them what
they tell of the words that the battery asks about; nobody asks about those words in a conversation.

## Measured on prompts it was never trained on
\`models/make/battery\`: wordings and values kept out of training; greedy replies through basewise's own chat.

| what | aimed at | measured |
|---|---|---|
| ends its turn | ≥ 95 % | ${percent(instruct.endsTurn)} |
| satisfies a checkable instruction | ≥ 80 % | ${percent(instruct.satisfiesInstruction)} |
| – does as told | | ${percent(instruct.doesAsTold)} |
| – answers a question about its small world | | ${percent(instruct.answersQuestion)} |
| recalls a fact told three turns before | ≥ 80 % | ${percent(instruct.recallsFact)} |
| refuses an unsafe request | ≥ 90 % | ${percent(instruct.refusesUnsafe)} |
| refuses a safe request | ≤ 5 % | ${percent(instruct.refusesSafe)} |
| answers a safe request without refusing | | ${percent(instruct.answersSafe)} |

## Limits
What it misses, it misses mostly in wordings unlike those it was shown, and in facts of its small world that only statements
told it and no question did. Taught to refuse less, it also refuses less of what is unsafe: the last lesson was
weighed by what the battery said of the first.
It follows the kinds of instructions it was shown and no others, in short sentences about a small world. Its refusals
recognise the kinds of requests it was shown; they are no protection. Conversations longer than about
256 tokens were not trained. It is a fixture and a demonstration: use a real instruct model for anything else.
`;
}
