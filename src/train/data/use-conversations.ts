import { ChatTemplate, type TemplateTokens } from "../../chat/template.ts";
import type { ConversationExample, Example, ExampleMessage } from "../../formats/datasets/example.ts";
import { type Mend, UnusableRow } from "../../formats/datasets/fields.ts";
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
export type Laid = { readonly layout: Layout; readonly guard: string } | UnusableRow;

/**
 * Lays conversations out by the model's template and turns them into tokens; the counts grow as they are used. Throws
 * TemplateError for a source that is no template or takes too long.
 */
export class ConversationEncoder {
  readonly counts: LayoutCounts = { ends: new Map(), otherOpenings: 0, thoughtless: 0 };
  readonly #encoder: SampleEncoder;
  readonly #layouter: Layouter;

  constructor({
    template,
    tokens,
    reference,
    tokenizer,
    begin,
  }: Omit<ConversationLayout, "time" | "tooLong">) {
    this.#encoder = new SampleEncoder(tokenizer, begin);
    this.#layouter = new Layouter(new ChatTemplate(reference, template, tokens), this.#encoder.specials);
  }

  layOut(conversations: readonly ConversationExample[]): Laid[] {
    const disarmed = conversations.map((one) => this.#encoder.disarmed(one));
    const layouts = this.#layouter.layOut(disarmed.map(({ conversation }) => conversation));
    return layouts.map((layout, i) =>
      layout instanceof UnusableRow ? layout : { layout, guard: disarmed[i]?.guard ?? "" },
    );
  }

  /** The samples of a conversation. Throws {@link UnusableRow} where it could not be laid out. */
  encode(laid: Laid | undefined): Sample[] {
    const { layout, guard } = requireLaid(laid);
    return layout.samples.map((sample) => this.#encoder.encode(sample, guard));
  }

  /** Counts a conversation that is used, and tells what was mended in it. */
  count(laid: Laid | undefined, mend: Mend): void {
    const { layout } = requireLaid(laid);
    for (const repair of layout.repairs) mend(repair);
    const { counts } = this;
    for (const end of layout.ends) counts.ends.set(end ?? "", (counts.ends.get(end ?? "") ?? 0) + 1);
    counts.otherOpenings += layout.otherOpenings;
    counts.thoughtless += layout.thoughtless;
  }
}

/** Examples as samples of tokens; of a preference, the chosen answer. Throws what `ConversationEncoder` throws. */
export function useConversations({ time, tooLong, ...setting }: ConversationLayout): {
  readonly use: Use<Tokenized>;
  readonly counts: LayoutCounts;
} {
  const encoder = new ConversationEncoder(setting);
  let ahead = new Map<Example, Laid>();
  const use: Use<Tokenized> = {
    couldCut: tooLong === "drop",
    prepare: (examples) => {
      const asked = examples.flatMap((example) => {
        const conversation = conversationOf(example);
        return conversation === undefined ? [] : [{ example, conversation }];
      });
      const laid = encoder.layOut(asked.map(({ conversation }) => conversation));
      ahead = new Map(
        asked.map(({ example }, i) => [example, laid[i] ?? new UnusableRow("not-a-conversation")]),
      );
    },
    use: (examples, mend) => {
      let [tokensLost, trainedLost] = [0, 0];
      const values = examples.map((example): Tokenized => {
        const { samples, cost } = fitted(encoder.encode(ahead.get(example)), time, tooLong);
        tokensLost += cost?.tokens ?? 0;
        trainedLost += cost?.trainedTokens ?? 0;
        return { samples, question: questionOf(example) };
      });
      for (const example of examples) {
        if (example.kind === "preference") mend("chosen-alone");
        encoder.count(ahead.get(example), mend);
      }
      return tokensLost === 0
        ? { values }
        : { values, cost: { tokens: tokensLost, trainedTokens: trainedLost } };
    },
  };
  return { use, counts: encoder.counts };
}

function requireLaid(laid: Laid | undefined): Exclude<Laid, UnusableRow> {
  if (laid === undefined) throw new UnusableRow("not-a-conversation");
  if (laid instanceof UnusableRow) throw laid;
  return laid;
}

/** An example as a conversation, of a preference the chosen one; undefined where it is none. */
function conversationOf(example: Example): ConversationExample | undefined {
  if (example.kind === "conversation") return example;
  return example.kind === "preference" ? answeredBy(example, example.chosen) : undefined;
}

/** The prompt of a preference with one of its answers, which alone is learned: the turns before are common to both. */
export function answeredBy(
  { prompt, tools }: Extract<Example, { kind: "preference" }>,
  answer: readonly ExampleMessage[],
): ConversationExample {
  const asked = prompt.map((turn) => (turn.role === "assistant" ? { ...turn, weight: 0 } : turn));
  return {
    kind: "conversation",
    messages: [...asked, ...answer],
    ...(tools === undefined ? {} : { tools }),
  };
}

/** The beginning of what is asked before the answer. */
export function questionOf(example: Example): string {
  const { messages } = conversationOf(example) ?? { messages: [] };
  const first = messages.findIndex(({ role }) => role === "assistant");
  return (messages[first - 1]?.content ?? "").slice(0, SHOWN_QUESTION);
}
