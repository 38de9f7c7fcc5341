import { layoutTokens, promptOf } from "../chat/prompt.ts";
import type { ChatTemplate, Segment } from "../chat/template.ts";
import type { Engine } from "../engine/engine.ts";
import type { ScoreEngine } from "../engine/vectors.ts";
import { BadInputError } from "../errors.ts";
import { printable } from "../printable.ts";
import { thoughtless } from "./probe.ts";

/** A query and a document as the tokens that a model reads; the instruction says what makes a document relevant. */
export type PairPrompt = (
  query: string,
  document: string,
  instruction: string | undefined,
) => Promise<readonly number[]>;

/** The task that Qwen3-Reranker was trained with where none is stated. Source: its model card. */
const SEARCH_TASK = "Given a web search query, retrieve relevant passages that answer the query";
/** What Qwen3-Reranker reads as its system turn. Source: its model card. */
const JUDGE =
  'Judge whether the Document meets the requirements based on the Query and the Instruct provided. Note that the answer can only be "yes" or "no".';
/** Its whole prompt, in the form in which llama.cpp's converter records it (`tokenizer.chat_template.rerank`). */
const QWEN3_RERANKER = `<|im_start|>system\n${JUDGE}<|im_end|>\n<|im_start|>user\n<Instruct>: ${SEARCH_TASK}\n<Query>: {query}\n<Document>: {document}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n`;
/** Where such a template holds its instruction. */
const INSTRUCTION = /(<Instruct>: )([\s\S]*?)(\n<Query>)/;

/** Both texts in the tokenizer's frame, as cross-encoders read them. */
export function plainPair(engine: ScoreEngine, reference: string): PairPrompt {
  const { frame, pairSeparator } = engine.model;
  return async (query, document, instruction) => {
    if (instruction !== undefined) throw readsNone(reference);
    const [asked, answer] = await Promise.all([engine.tokenize(query), engine.tokenize(document)]);
    return [...frame.before, ...asked, ...pairSeparator, ...answer, ...frame.behind];
  };
}

/** The texts in a template for reranking, in place of `{query}` and `{document}`. */
export function templatePair(
  engine: Parameters<typeof layoutTokens>[0],
  reference: string,
  template: string = QWEN3_RERANKER,
): PairPrompt {
  const parts = template
    .split(/(\{query\}|\{document\})/)
    .flatMap((part) => (INSTRUCTION.test(part) ? part.split(INSTRUCTION) : [part]));
  // Splitting leaves text, "<Instruct>: ", the instruction, "\n<Query>", text.
  const at = parts.indexOf("<Instruct>: ") + 1;
  return async (query, document, instruction) => {
    if (instruction !== undefined && at === 0) throw readsNone(reference);
    return layoutTokens(
      engine,
      parts.map((text, i): Segment => {
        if (text === "{query}") return { from: "content", text: query };
        if (text === "{document}") return { from: "content", text: document };
        return at > 0 && i === at
          ? { from: "content", text: instruction ?? text }
          : { from: "template", text };
      }),
    );
  };
}

/** The question whether the document answers the query, in a conversation as the model's own template lays it out. */
export function chatPair(engine: Engine, template: ChatTemplate, switchesThinking: boolean): PairPrompt {
  return async (query, document, instruction = SEARCH_TASK) => {
    const content = `${JUDGE}\n<Instruct>: ${instruction}\n<Query>: ${query}\n<Document>: ${document}`;
    const unthought: Segment[] = switchesThinking
      ? [{ from: "template", text: "<think>\n\n</think>\n\n" }]
      : await thoughtless(template, content);
    return (await promptOf(engine, template, [{ role: "user", content }], unthought)).tokens;
  };
}

function readsNone(reference: string): BadInputError {
  const shown = printable(reference);
  return new BadInputError({
    en: `${shown} reads no instruction; leave it out.`,
    zh: `${shown} 不读取指令；请去掉该选项。`,
  });
}
