import { printable } from "../../printable.ts";
import { type EndKind, endKind, marksTurns, turnEndsOf, writesEndOfText } from "../ends.ts";
import type { Evidence, Source } from "../evidence.ts";
import type { EndFact, ModelFacts } from "../facts.ts";
import { generates } from "./architecture.ts";
import { observe } from "./observe.ts";

/**
 * Whom to believe about the end, first to last: generation_config.json decides where generation stops; the GGUF key
 * comes from it; the tokenizer's entry was wrong in early base uploads; config.json keeps old values
 * (QwenLM/Qwen3 issue 927).
 */
const AUTHORITIES = [
  { from: "generation config", source: "generation config", weight: 1.5 },
  { from: "GGUF", source: "tokenizer", weight: 1.5 },
  { from: "tokenizer", source: "tokenizer", weight: 1.2 },
  { from: "config", source: "config", weight: 1 },
] as const satisfies readonly { from: EndFact["from"]; source: Source; weight: number }[];

/** How much the end of text alone says where the template ends turns otherwise; conversions lose end tokens. */
const UNLEARNT_WEIGHTS = { "generation config": 2, tokenizer: 1.5, config: 0.5 } as const;
type EndSource = (typeof AUTHORITIES)[number]["source"];

/**
 * Where generation would stop. A turn-end token speaks for post-training. The end of text alone speaks for a base,
 * the more so where the template ends turns with another token, which the model then never learnt to stop on.
 */
export function endsSignal(facts: ModelFacts): Evidence[] {
  const kindOf = (text: string | undefined): EndKind => kindInTemplate(text, facts);
  for (const authority of AUTHORITIES) {
    const ends = facts.ends.filter((end) => end.from === authority.from && kindOf(end.text) !== "unknown");
    if (ends.length === 0) continue;
    const turnEnd = ends.find((end) => kindOf(end.text) === "turn end");
    if (turnEnd?.text !== undefined) return [stopsOnTurnEnd(authority.source, turnEnd, authority.weight)];
    return endOfTextOnly(facts, authority.source, ends[0]?.text ?? "");
  }
  return unknownEnds(facts);
}

/** What a token ends, as known or as seen: what the template writes behind an answer ends a turn, whatever it is. */
function kindInTemplate(text: string | undefined, { reading }: ModelFacts): EndKind {
  const known = endKind(text);
  if (known !== "unknown" || text === undefined || text === "") return known;
  return reading?.afterAnswer.trimStart().startsWith(text) ? "turn end" : known;
}

function stopsOnTurnEnd(source: Source, end: EndFact, weight: number): Evidence {
  const token = printable(end.text ?? "");
  return {
    source,
    signal: "stops on turn end",
    says: "instruct",
    fitsToo: ["thinking", "hybrid", "guard"],
    weight,
    text: {
      en: `Generation stops on ${token}, the end of a turn (${end.key}).`,
      zh: `生成在 ${token}（一轮的结束）处停止（${end.key}）。`,
    },
  };
}

function endOfTextOnly(facts: ModelFacts, source: EndSource, token: string): Evidence[] {
  // What was seen to follow an answer is believed before what the source mentions.
  const seen = facts.reading?.afterAnswer.trim() ?? "";
  const endsTurns = token !== "" && seen.startsWith(token);
  const turnEnd = endsTurns ? undefined : turnEndsOf(seen || (facts.template ?? ""))[0];
  if (turnEnd !== undefined) {
    return [
      {
        source,
        signal: "turn end not learnt",
        says: "base",
        fitsToo: [],
        weight: UNLEARNT_WEIGHTS[source],
        text: {
          en: `Generation stops on ${printable(token)} alone, though the template ends turns with ${turnEnd}.`,
          zh: `生成只在 ${printable(token)} 处停止，而模板用 ${turnEnd} 结束一轮。`,
        },
      },
    ];
  }
  if (endsTurns || (facts.template !== undefined && writesEndOfText(facts.template))) {
    return [
      {
        source,
        signal: "turn end is end of text",
        says: "instruct",
        fitsToo: ["thinking", "hybrid"],
        weight: 0.7,
        text: {
          en: `The template ends turns with ${printable(token)}, on which generation stops.`,
          zh: `模板用 ${printable(token)} 结束一轮，生成也在此停止。`,
        },
      },
    ];
  }
  if (facts.template !== undefined) return [];
  return untaught(facts, source, token);
}

function unknownEnds(facts: ModelFacts): Evidence[] {
  const several = facts.ends.filter(({ from, id }) => from === "generation config" && id !== undefined);
  if (several.length > 1) {
    return [
      observe(
        "generation config",
        "several ends",
        0.8,
        { says: "instruct", fitsToo: ["thinking", "hybrid", "guard"] },
        {
          en: `Generation stops on ${several.length} tokens; a text alone needs one.`,
          zh: `生成在 ${several.length} 个词元处停止；纯文本只需要一个。`,
        },
      ),
    ];
  }
  return facts.template === undefined && facts.specialTokens !== undefined
    ? untaught(facts, "tokenizer", "")
    : [];
}

function untaught(facts: ModelFacts, source: Source, token: string): Evidence[] {
  const marked = facts.specialTokens?.some(({ text }) => text !== undefined && marksTurns(text));
  if (marked === undefined || marked) {
    if (token === "") return [];
    return [
      {
        source,
        signal: "stops on end of text",
        says: "base",
        fitsToo: ["embedding"],
        // Chat releases have brought a template along since there are turn tokens to write into it.
        weight: marked && source !== "tokenizer" ? 1.2 : 0.5,
        text: {
          en: `Generation stops on ${printable(token)}, the end of a text, and there is no chat template.`,
          zh: `生成在 ${printable(token)}（文本结束）处停止，且没有对话模板。`,
        },
      },
    ];
  }
  return [
    {
      source,
      signal: "no turns",
      says: "base",
      fitsToo: generates(facts) ? [] : ["embedding", "reranker", "other"],
      weight: 1.5,
      text: {
        en: "There is no chat template, and no token that marks a turn.",
        zh: "没有对话模板，也没有标记轮次的词元。",
      },
    },
  ];
}
