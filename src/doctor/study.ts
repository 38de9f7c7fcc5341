import type { TemplateTokens } from "../chat/template.ts";
import { filesOfFolder } from "../hub/model-files.ts";
import { readModelFolder } from "../hub/model-folder.ts";
import { locate } from "../hub/reference.ts";
import { isOffline } from "../hub/settings.ts";
import { fileFactsOfFolder } from "../model/file-facts.ts";
import { inspectFacts, readFacts } from "../model/inspect.ts";
import { withReading } from "../model/template-reading.ts";
import type { ModelFacts } from "../stage/facts.ts";
import { type FileFacts, NO_FILES } from "../stage/file-facts.ts";
import type { RenderJob } from "../stage/rendered.ts";
import type { Study } from "../stage/symptoms/patient.ts";
import type { Verdict } from "../stage/verdict.ts";
import { renderAll, renderFixtures } from "./fixtures.ts";
import { readMoreFiles } from "./more-files.ts";

export interface StudyOptions {
  /** The transcript, to be laid out by the model's template. */
  readonly conversation?: RenderJob | undefined;
  /** Whether the model is loaded and its behaviour measured. */
  readonly probe?: boolean;
  readonly offline?: boolean;
}

/**
 * Reads all that a model's files tell, and renders its template in isolation.
 * Throws what `inspect` throws, and with `probe` what `probe` throws.
 */
export async function studyModel(reference: string, options: StudyOptions = {}): Promise<Study> {
  const { facts, files } = await read(reference, options.offline ?? isOffline());
  const verdict =
    options.probe === true ? await (await import("../model/open.ts")).probe(reference) : undefined;
  return studyFacts(facts, files, options.conversation, verdict);
}

/** The study of facts already read. */
export async function studyFacts(
  facts: ModelFacts,
  files: FileFacts,
  conversation?: RenderJob,
  verdict?: Verdict,
): Promise<Study> {
  const inspection = inspectFacts(facts.reference, facts);
  const tokens = { bos: files.tokenizer?.bos?.text ?? "", eos: files.tokenizer?.eos?.text ?? "" };
  const render =
    facts.template === undefined ? undefined : await renderAll(facts.template, tokens, conversation);
  return {
    reference: facts.reference,
    facts,
    files,
    verdict: verdict ?? inspection,
    rendered: render?.rendered,
    differingTemplates: await differing(files.templates, tokens),
    stops: inspection.stopTokens,
    conversation: render?.conversation,
    counterpart: inspection.counterpart,
  };
}

/** Compared by what they write, because most templates of different wording write the same. */
async function differing(
  [first, ...others]: FileFacts["templates"],
  tokens: TemplateTokens,
): Promise<string[]> {
  const written = async (source: string): Promise<string> => {
    const { question, conversation, system } = await renderFixtures(source, tokens);
    return JSON.stringify([question, conversation, system]);
  };
  const differ: string[] = [];
  for (const { file, source } of others) {
    if (first === undefined || source === first.source) continue;
    if ((await written(source)) !== (await written(first.source))) differ.push(file);
  }
  return differ;
}

async function read(reference: string, offline: boolean): Promise<{ facts: ModelFacts; files: FileFacts }> {
  const found = await locate(reference);
  if (found.kind === "absent") {
    const { readRemoteFacts } = await import("../model/inspect-remote.ts");
    const facts = await withReading((await readRemoteFacts(found, { offline })).facts);
    return { facts, files: facts.files ?? NO_FILES };
  }
  const facts = await readFacts(found);
  if (found.kind === "file") return { facts, files: facts.files ?? NO_FILES };
  const files = filesOfFolder(found.path);
  return { facts, files: fileFactsOfFolder(await readModelFolder(files), await readMoreFiles(files)) };
}
