import { promptOf, textPromptOf } from "../chat/prompt.ts";
import { type ChatTemplate, type Segment, TemplateError } from "../chat/template.ts";
import type { Engine } from "../engine/engine.ts";
import { UnsupportedByServerError } from "../engine/remote/errors.ts";
import type { Behaviour, Endings, Following, Reply } from "../stage/signals/behaviour.ts";

/** Long enough for a short answer and for what follows one that does not end. */
const REPLY_TOKENS = 48;
/** A reply ends in a loop when so few tokens fill so much of its end. */
const LOOP_PERIOD = 8;
const LOOP_LENGTH = 24;
/** Names under which base models write the next turn, at the start of a line. */
const NEXT_SPEAKER = /\n\s*(#+ *)?(user|human|question|q|assistant|用户|问|提问)\s*[:：]/i;

/** Questions with short answers after which a chat model has nothing to add, and a text goes on. */
const ANSWERED: readonly { readonly question: string; readonly answer: string }[] = [
  { question: "What is the capital of France?", answer: "The capital of France is Paris." },
  { question: "How many days are in a week?", answer: "A week has seven days." },
  { question: "What is 2 + 3?", answer: "2 + 3 = 5." },
  { question: "Hello!", answer: "Hello! How can I help you today?" },
  { question: "中国的首都是哪里？", answer: "中国的首都是北京。" },
  { question: "你好！", answer: "你好！有什么可以帮助你的吗？" },
];

/** A few of them are enough for what takes longer: to have the model answer, and to weigh the answers. */
const REPLIED = [0, 4].flatMap((i) => ANSWERED[i] ?? []);
const FOLLOWED = [0, 1, 2].flatMap((i) => ANSWERED[i] ?? []);

/**
 * Measures what a loaded model does: how much probability it gives to the tokens that end generation once an answer is
 * complete, in a conversation laid out by its own template and in plain text; what it answers; and whether its template
 * makes it take a question as one. Works on any model that writes text, with some dozens of short prompts.
 */
export async function measureBehaviour(
  engine: Engine,
  template: ChatTemplate | undefined,
): Promise<Behaviour> {
  const withoutTemplate = await endings(engine, async ({ question, answer }) =>
    textPromptOf(engine, `${question}\n${answer}`),
  );
  if (template === undefined) return { withoutTemplate };
  try {
    const inTemplate = await endings(engine, async ({ question, answer }) =>
      answeredPrompt(engine, template, question, answer),
    );
    return {
      inTemplate,
      withoutTemplate,
      replies: await repliesOf(engine, template),
      ...(await followingIfTold(engine, template)),
    };
  } catch (error) {
    // A template that cannot lay out a question is as good as none.
    if (error instanceof TemplateError) return { withoutTemplate };
    throw error;
  }
}

async function answeredPrompt(
  engine: Engine,
  template: ChatTemplate,
  question: string,
  answer: string,
): Promise<{ readonly tokens: readonly number[] }> {
  const reply: Segment[] = [...(await thoughtless(template, question)), { from: "content", text: answer }];
  return promptOf(engine, template, [{ role: "user", content: question }], reply);
}

/** Where a template opens a thought, an answer comes only after its end. */
export async function thoughtless(template: ChatTemplate, question: string): Promise<Segment[]> {
  const { segments } = await template.layOut([{ role: "user", content: question }]);
  const opens = segments.at(-1)?.text.trimEnd().endsWith("<think>") ?? false;
  return opens ? [{ from: "template", text: "\n</think>\n\n" }] : [];
}

/** What the model writes, greedily, to some of the questions. */
async function repliesOf(engine: Engine, template: ChatTemplate): Promise<Reply[]> {
  return Promise.all(REPLIED.map(({ question }) => replyOf(engine, template, question)));
}

async function replyOf(engine: Engine, template: ChatTemplate, question: string): Promise<Reply> {
  const { tokens } = await promptOf(
    engine,
    template,
    [{ role: "user", content: question }],
    await thoughtless(template, question),
  );
  const written = engine.generate(tokens, { maxTokens: REPLY_TOKENS, sampling: { temperature: 0 } });
  const ids: number[] = [];
  const bytes: Uint8Array[] = [];
  for (;;) {
    const step = await written.next();
    if (step.done) {
      const text = Buffer.concat(bytes).toString("utf8");
      return {
        tokens: ids.length,
        ended: step.value === "stop",
        wroteTurn: ids.some((id) => engine.model.controlTokens.has(id)) || NEXT_SPEAKER.test(text),
        loops: isLoop(ids),
      };
    }
    ids.push(step.value.id);
    bytes.push(step.value.bytes);
  }
}

/** Whether the last tokens are one short piece over and over. */
function isLoop(ids: readonly number[]): boolean {
  const end = ids.slice(-LOOP_LENGTH);
  if (end.length < LOOP_LENGTH) return false;
  return Array.from({ length: LOOP_PERIOD }, (_, i) => i + 1).some((period) =>
    end.every((id, i) => i < period || id === end[i - period]),
  );
}

/** A server may tell what comes next and not how likely a given text is; then this is left out. */
async function followingIfTold(
  engine: Engine,
  template: ChatTemplate,
): Promise<{ readonly following?: Following[] }> {
  try {
    return { following: await followingOf(engine, template) };
  } catch (error) {
    if (error instanceof UnsupportedByServerError) return {};
    throw error;
  }
}

/** How likely each answer is after its own question and another one, in the template, and in plain text. */
async function followingOf(engine: Engine, template: ChatTemplate): Promise<Following[]> {
  return Promise.all(
    FOLLOWED.map(async ({ question, answer }, i) => {
      const other = FOLLOWED[(i + 1) % FOLLOWED.length]?.question ?? question;
      const inTemplate = async (asked: string): Promise<number> => {
        const [bare, whole] = await Promise.all([
          answeredPrompt(engine, template, asked, ""),
          answeredPrompt(engine, template, asked, answer),
        ]);
        return meanLogProbability(engine, bare.tokens.length, whole.tokens);
      };
      const [asked, askedOther, before, text] = await Promise.all([
        inTemplate(question),
        inTemplate(other),
        textPromptOf(engine, `${question}\n`),
        textPromptOf(engine, `${question}\n${answer}`),
      ]);
      return {
        asked,
        askedOther,
        plain: await meanLogProbability(engine, before.tokens.length, text.tokens),
      };
    }),
  );
}

async function meanLogProbability(engine: Engine, from: number, ids: readonly number[]): Promise<number> {
  const scored = (await engine.score(ids)).slice(Math.max(0, from - 1));
  return scored.reduce((sum, value) => sum + value, 0) / Math.max(1, scored.length);
}

async function endings(
  engine: Engine,
  prompt: (answered: (typeof ANSWERED)[number]) => Promise<{ readonly tokens: readonly number[] }>,
): Promise<Endings> {
  const ends = engine.model.endTokens;
  const endProbability: number[] = [];
  const argmaxEnds: boolean[] = [];
  for (const answered of ANSWERED) {
    const { tokens } = await prompt(answered);
    const { top, of } = await engine.next(tokens, { top: 1, of: ends });
    endProbability.push(
      Math.min(
        1,
        of.reduce((sum, probability) => sum + probability, 0),
      ),
    );
    argmaxEnds.push(top.some(({ id }) => ends.includes(id)));
  }
  return { endProbability, argmaxEnds };
}
