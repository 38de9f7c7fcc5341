import { promptOf, textPromptOf } from "../chat/prompt.ts";
import { type ChatTemplate, type Segment, TemplateError } from "../chat/template.ts";
import type { Engine } from "../engine/engine.ts";
import type { Behaviour, Endings } from "../stage/signals/behaviour.ts";

/** Questions with short answers after which a chat model has nothing to add, and a text goes on. */
const ANSWERED: readonly { readonly question: string; readonly answer: string }[] = [
  { question: "What is the capital of France?", answer: "The capital of France is Paris." },
  { question: "How many days are in a week?", answer: "A week has seven days." },
  { question: "What is 2 + 3?", answer: "2 + 3 = 5." },
  { question: "Hello!", answer: "Hello! How can I help you today?" },
  { question: "中国的首都是哪里？", answer: "中国的首都是北京。" },
  { question: "你好！", answer: "你好！有什么可以帮助你的吗？" },
];

/**
 * Measures what a loaded model does once an answer is complete: how much probability it gives to the tokens that end
 * generation, in a conversation laid out by its own template and in plain text. Works on any model that writes text.
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
    const inTemplate = await endings(engine, async ({ question, answer }) => {
      const messages = [{ role: "user", content: question }] as const;
      return promptOf(engine, template, messages, [
        ...thoughtless(template, question),
        { from: "content", text: answer },
      ]);
    });
    return { inTemplate, withoutTemplate };
  } catch (error) {
    // A template that cannot lay out a question is as good as none.
    if (error instanceof TemplateError) return { withoutTemplate };
    throw error;
  }
}

/** Where a template opens a thought, an answer comes only after its end. */
function thoughtless(template: ChatTemplate, question: string): Segment[] {
  const { segments } = template.layOut([{ role: "user", content: question }]);
  const opens = segments.at(-1)?.text.trimEnd().endsWith("<think>") ?? false;
  return opens ? [{ from: "template", text: "\n</think>\n\n" }] : [];
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
