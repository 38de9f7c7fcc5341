import { isJsonObject } from "../../hub/model-folder.ts";
import type { Sampling } from "../engine.ts";
import { listOf } from "./ask/answers.ts";
import type { ServerConnection } from "./connection.ts";

/** As the embedded engine draws: what is not chosen is off, whatever the server was started with. */
export function samplingOf(sampling: Sampling): object {
  const { temperature, seed, dry, logitBias } = sampling;
  return {
    temperature,
    top_k: sampling.topK ?? 0,
    top_p: sampling.topP ?? 1,
    min_p: sampling.minP ?? 0,
    typical_p: sampling.typicalP ?? 1,
    repeat_last_n: 64,
    repeat_penalty: sampling.repetitionPenalty ?? 1,
    presence_penalty: sampling.presencePenalty ?? 0,
    frequency_penalty: sampling.frequencyPenalty ?? 0,
    dry_multiplier: dry?.multiplier ?? 0,
    dry_base: dry?.base ?? 1.75,
    dry_allowed_length: dry?.allowedLength ?? 2,
    xtc_probability: 0,
    ...(logitBias === undefined
      ? {}
      : {
          logit_bias: Object.entries(logitBias).map(([id, bias]) => [
            Number(id),
            bias <= -100 ? false : bias,
          ]),
        }),
    ...(seed === undefined ? {} : { seed }),
  };
}

interface AddedToken {
  readonly name: string;
  readonly id: number;
  /** Whether text never becomes it. */
  readonly isControl: boolean;
}

/** The token that is spelled like this, where there is one. */
export async function addedToken(server: ServerConnection, name: string): Promise<AddedToken | undefined> {
  const [id, ...more] = await tokensOf(server, name, { parse: true });
  if (id === undefined || more.length > 0) return undefined;
  const asText = await tokensOf(server, name, { parse: false });
  return { name, id, isControl: asText.length !== 1 || asText[0] !== id };
}

/**
 * A text as the server tokenises it. Throws ServerError.
 * @param parse Whether control tokens are looked for in the text.
 */
export async function tokensOf(
  server: ServerConnection,
  text: string,
  { parse, begin = false }: { readonly parse: boolean; readonly begin?: boolean },
): Promise<number[]> {
  const body = { content: text, add_special: begin, parse_special: parse };
  const answer = await server.post("/tokenize", body);
  const tokens = isJsonObject(answer) ? listOf(answer.tokens) : [];
  if (!isJsonObject(answer) || !tokens.every((id) => Number.isSafeInteger(id))) {
    throw server.broken("/tokenize", "it holds no tokens", "其中没有词元");
  }
  return tokens.filter((id) => typeof id === "number");
}
