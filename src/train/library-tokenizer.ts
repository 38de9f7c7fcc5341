import { NORMALIZER_KEY } from "../engine/engine.ts";
import { TextTokens } from "../engine/llama/text-tokens.ts";
import type { TextTokenizer } from "../formats/tokenizer/text-tokenizer.ts";
import { noControlToken } from "../formats/tokenizer/tokenizer.ts";
import { Utf8Stream } from "../formats/tokenizer/utf8-stream.ts";
import type { Vocabulary } from "../formats/tokenizer/vocabulary.ts";
import { LlamaModel } from "../native/llama/model.ts";

/** The tokenizer of a model file as libllama runs it, whatever its kind: the tokens that the model is served with. */
export class LibraryTokenizer implements TextTokenizer, Disposable {
  readonly vocabulary: Vocabulary;
  readonly #model: LlamaModel;
  readonly #text: TextTokens;
  readonly #controlIds: ReadonlyMap<string, number>;

  /** Loads no weights. Throws BadFileError. */
  constructor(path: string, vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    this.#model = new LlamaModel(path, 0, "vocabulary");
    const normalizes = this.#model.metadata(NORMALIZER_KEY) === "NFC";
    // Added tokens that are no control tokens are text here: data may hold thoughts in their marks.
    this.#text = new TextTokens(this.#model.vocabulary, normalizes, undefined, ({ isControl }) => isControl);
    this.#controlIds = new Map(vocabulary.controlTokens.map(({ id, text }) => [text, id]));
  }

  encode(text: string): number[] {
    return text === "" ? [] : this.#text.tokenize(text);
  }

  controlId(text: string): number {
    const id = this.#controlIds.get(text);
    if (id === undefined) throw noControlToken(text, this.vocabulary);
    return id;
  }

  bytes(id: number): Uint8Array {
    return this.#model.vocabulary.piece(id, false);
  }

  decode(ids: Iterable<number>): string {
    const stream = new Utf8Stream();
    let text = "";
    for (const id of ids) text += stream.push(this.bytes(id));
    return text + stream.end();
  }

  [Symbol.dispose](): void {
    this.#model[Symbol.dispose]();
  }
}
