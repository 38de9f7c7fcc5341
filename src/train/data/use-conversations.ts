import { ChatTemplate, type TemplateTokens } from "../../chat/template.ts";
import type { ConversationExample, Example } from "../../formats/datasets/example.ts";
import { UnusableRow } from "../../formats/datasets/fields.ts";
import type { TextTokenizer } from "../../formats/tokenizer/text-tokenizer.ts";
import { fitted, type TooLong } from "./cut.ts";
import { type Sample, SampleEncoder } from "./encode.ts";
import { type Layout, Layouter } from "./layout.ts";
import type { Use } from "./read.ts";

/** What laying conversations out takes. */
export interface ConversationLayout {
  readonly template: string;
  readonly tokens: TemplateTokens;
  /** Names the model in errors. */
  readonly reference: string;
  readonly tokenizer: TextTokenizer;
  /** The token that the tokenizer puts before every text, where it does. */
  readonly begin: number | undefined;
  /** Tokens of a row. */
  readonly time: number;
  /** What becomes of a conversation that is longer. */
  readonly tooLong: TooLong;
}

/** What the renderings of all conversations show together. */
export interface LayoutCounts {
  /** Answers by the special token that ends them; none is "". */
  readonly ends: Map<string, number>;
  /** Answers that are opened otherwise than the template opens one to be written. */
  otherOpenings: number;
  /** Answers without a thought that are laid out with thinking off. */
  thoughtless: number;
}

/** A conversation as samples of tokens. */
export interface Tokenized {
  readonly samples: readonly Sample[];
  /** The beginning of what it asks before its first answer. */
  readonly question: string;
}

const SHOWN_QUESTION = 200;

/** A conversation that was laid out, or why it was not. */
type Laid = { readonly layout: Layout; readonly guard: string; readonly example: Example } | UnusableRow;

/**
 * Examples as samples of tokens, laid out by the model's template; of a preference, the chosen answer. The counts grow as
 * examples are used. Throws TemplateError for a source that is no template or takes too long.
 */
export function useConversations(setting: ConversationLayout): {
  readonly use: Use<Tokenized>;
  readonly counts: LayoutCounts;
} {
  const { template, tokens, reference, tokenizer, begin, time, tooLong } = setting;
  const encoder = new SampleEncoder(tokenizer, begin);
  const layouter = new Layouter(new ChatTemplate(reference, template, tokens), encoder.specials);
  const counts: LayoutCounts = { ends: new Map(), otherOpenings: 0, thoughtless: 0 };
  let ahead = new Map<Example, Laid>();
  const use: Use<Tokenized> = {
    prepare: (examples) => {
      ahead = laidOut(examples, layouter, encoder);
    },
    use: (examples, mend) => {
      const used = examples.map((example) => requireLaid(ahead.get(example)));
      let [tokensLost, trainedLost] = [0, 0];
      const values = used.map(({ layout, guard, example }): Tokenized => {
        const encoded = layout.samples.map((sample) => encoder.encode(sample, guard));
        const { samples, cost } = fitted(encoded, time, tooLong);
        tokensLost += cost?.tokens ?? 0;
        trainedLost += cost?.trainedTokens ?? 0;
        return { samples, question: questionOf(example) };
      });
      for (const { layout, example } of used) {
        if (example.kind === "preference") mend("chosen-alone");
        for (const repair of layout.repairs) mend(repair);
        for (const end of layout.ends) counts.ends.set(end ?? "", (counts.ends.get(end ?? "") ?? 0) + 1);
        counts.otherOpenings += layout.otherOpenings;
        counts.thoughtless += layout.thoughtless;
      }
      return tokensLost === 0
        ? { values }
        : { values, cost: { tokens: tokensLost, trainedTokens: trainedLost } };
    },
  };
  return { use, counts };
}

function requireLaid(laid: Laid | undefined): Exclude<Laid, UnusableRow> {
  if (laid === undefined) throw new UnusableRow("not-a-conversation");
  if (laid instanceof UnusableRow) throw laid;
  return laid;
}

/** Lays out all conversations among examples. */
function laidOut(
  examples: readonly Example[],
  layouter: Layouter,
  encoder: SampleEncoder,
): Map<Example, Laid> {
  const asked = examples.flatMap((example) => {
    const conversation = conversationOf(example);
    return conversation === undefined ? [] : [{ example, ...encoder.disarmed(conversation) }];
  });
  const layouts = layouter.layOut(asked.map(({ conversation }) => conversation));
  return new Map(
    asked.flatMap(({ example, guard }, i): [Example, Laid][] => {
      const layout = layouts[i];
      if (layout === undefined) return [];
      return [[example, layout instanceof UnusableRow ? layout : { layout, guard, example }]];
    }),
  );
}

/** An example as a conversation, of a preference the chosen one; undefined where it is none. */
function conversationOf(example: Example): ConversationExample | undefined {
  if (example.kind === "conversation") return example;
  if (example.kind !== "preference") return undefined;
  const { prompt, chosen, tools } = example;
  // Only the answer was chosen; the ones before it are common to both.
  const asked = prompt.map((turn) => (turn.role === "assistant" ? { ...turn, weight: 0 } : turn));
  return {
    kind: "conversation",
    messages: [...asked, ...chosen],
    ...(tools === undefined ? {} : { tools }),
  };
}

function questionOf(example: Example): string {
  const { messages } = conversationOf(example) ?? { messages: [] };
  const first = messages.findIndex(({ role }) => role === "assistant");
  return (messages[first - 1]?.content ?? "").slice(0, SHOWN_QUESTION);
}
