import { BadInputError } from "../errors.ts";
import { serverOf } from "../hub/reference.ts";
import type { Text } from "../language.ts";
import { NO_FILES } from "../stage/file-facts.ts";
import type { RenderJob } from "../stage/rendered.ts";
import type { Stage } from "../stage/stage.ts";
import { disagreements, type Stops } from "../stage/stops.ts";
import { diagnose } from "../stage/symptoms/diagnose.ts";
import { NO_EXHIBITS, type Patient, type Study } from "../stage/symptoms/patient.ts";
import type { Exhibit, Finding } from "../stage/symptoms/symptom.ts";
import type { Verdict } from "../stage/verdict.ts";
import { readOutput, readPrompt } from "./output.ts";
import { readServer } from "./server/read-server.ts";
import { studyFacts, studyModel } from "./study.ts";
import { readTrainingConfig } from "./training-config.ts";
import { readTrainingData } from "./training-data.ts";
import { readTranscript } from "./transcript.ts";

/** What is brought: at least one of them. All but the references and the server's address are paths of files. */
export interface ExamineOptions {
  /** A model; the address of a server (`http://host:port[#model]`) stands for `server`. */
  readonly reference?: string | undefined;
  /** The model it was made from. */
  readonly parent?: string | undefined;
  /** A file with a conversation that went wrong. */
  readonly transcript?: string | undefined;
  /** A file with what a model wrote. */
  readonly output?: string | undefined;
  /** A file with the prompt as it was sent. */
  readonly prompt?: string | undefined;
  /** The configuration of a training, in the form of a known trainer. */
  readonly trainingConfig?: string | undefined;
  /** A file of training data. */
  readonly trainingData?: string | undefined;
  /** The address of a server to ask. */
  readonly server?: string | undefined;
  /** Whether the model is loaded and its behaviour measured. */
  readonly probe?: boolean;
  /** Whether nothing may be asked of the network. */
  readonly offline?: boolean;
}

/** What was found, and in what. */
export interface Diagnosis {
  /** The model; null where none was given. */
  readonly reference: string | null;
  /** Its stage; null where it is not known or no model was given. */
  readonly stage: Stage | null;
  /** How surely the stage is known; null where no model was given. */
  readonly status: Verdict["status"] | null;
  /** Of the stage, 0 to 1; null where no model was given. */
  readonly probability: number | null;
  /** What was looked at. */
  readonly lookedAt: readonly Exhibit[];
  /** Whether nothing was found. */
  readonly healthy: boolean;
  /** The surest first. */
  readonly findings: readonly Finding[];
  /** What each file and runtime would stop generation on, and in what they differ. */
  readonly stopTokens: readonly Stops[];
  /** In what files and runtimes differ on where to stop. */
  readonly stopDisagreements: readonly Text[];
  /** What a server told of itself. */
  readonly server: { readonly program: string; readonly model: string | null; readonly url: string } | null;
}

/**
 * Names the causes of abnormal output: reads everything that was brought, looks for every symptom, and says what was
 * seen and the one fix. Throws BadInputError where nothing was brought, NotFoundError where a file, model or server is
 * missing, and BadFileError where a file is not what it should be.
 */
export async function examine(brought: ExamineOptions): Promise<Diagnosis> {
  requireSomething(brought);
  const options = withServer(brought);
  const { offline, probe } = options;
  const transcript = options.transcript === undefined ? undefined : await readTranscript(options.transcript);
  const output = options.output === undefined ? undefined : await readOutput(options.output);
  const prompt = options.prompt === undefined ? undefined : await readPrompt(options.prompt);
  const tuning =
    options.trainingConfig === undefined ? undefined : await readTrainingConfig(options.trainingConfig);
  const asked =
    options.server === undefined ? undefined : await readServer(options.server, options.reference);
  const conversation =
    transcript === undefined ? undefined : jobOf(transcript.messages, transcript.conversation.thinking);
  const how = {
    ...(offline === undefined ? {} : { offline }),
    ...(probe === undefined ? {} : { probe }),
    conversation,
  };
  const isServed =
    asked !== undefined &&
    (options.reference === undefined || asked.server.models.includes(options.reference));
  const model =
    options.reference !== undefined && !isServed
      ? await studyModel(options.reference, how)
      : asked === undefined
        ? undefined
        : await studyFacts(asked.facts, NO_FILES, conversation);
  const parent =
    options.parent === undefined
      ? undefined
      : await studyModel(options.parent, offline === undefined ? {} : { offline });
  const examples =
    options.trainingData === undefined ? undefined : await readTrainingData(options.trainingData, model);
  const hello = asked?.server.hello;
  const patient: Patient = {
    ...NO_EXHIBITS,
    model,
    parent,
    conversation: transcript?.conversation,
    // A greeting that was cut short proves nothing; one that ended shows how the model ends.
    reply: output ?? transcript?.reply ?? (hello?.finish === "stop" ? hello : undefined),
    prompt,
    tuning,
    examples,
    server: asked?.server,
  };
  return diagnosisOf(patient, options);
}

/** A server that was given as the reference, where one looks for it. */
function withServer(options: ExamineOptions): ExamineOptions {
  const { reference, server } = options;
  const given = reference === undefined || server !== undefined ? undefined : serverOf(reference);
  return given === undefined ? options : { ...options, reference: given.model, server: given.url };
}

function diagnosisOf(patient: Patient, options: ExamineOptions): Diagnosis {
  const findings = diagnose(patient);
  const { model, server } = patient;
  return {
    reference: model?.reference ?? null,
    stage: model?.verdict.stage ?? null,
    status: model?.verdict.status ?? null,
    probability: model?.verdict.probability ?? null,
    lookedAt: lookedAt(model, options),
    healthy: findings.length === 0,
    findings,
    stopTokens: model?.stops ?? [],
    stopDisagreements: disagreements(model?.stops ?? []),
    server:
      server === undefined ? null : { program: server.program, model: server.model ?? null, url: server.url },
  };
}

function lookedAt(model: Study | undefined, options: ExamineOptions): Exhibit[] {
  const brought: readonly (readonly [Exhibit, unknown])[] = [
    ["model", model],
    ["parent", options.parent],
    ["transcript", options.transcript],
    ["output", options.output],
    ["prompt", options.prompt],
    ["training config", options.trainingConfig],
    ["training data", options.trainingData],
    ["server", options.server],
  ];
  return brought.flatMap(([exhibit, one]) => (one === undefined ? [] : [exhibit]));
}

/** A transcript as the model gets it: without the answer that is looked into. */
function jobOf(
  messages: readonly Readonly<Record<string, unknown>>[],
  thinking: boolean | undefined,
): RenderJob {
  const all = messages.map((message) => ({
    ...message,
    role: String(message.role),
    content: message.content,
  }));
  const sent = all.at(-1)?.role === "assistant" ? all.slice(0, -1) : all;
  return {
    messages: sent,
    addGenerationPrompt: true,
    ...(thinking === undefined ? {} : { variables: { enable_thinking: thinking } }),
  };
}

function requireSomething({ offline: _, probe: __, parent: ___, ...exhibits }: ExamineOptions): void {
  if (Object.values(exhibits).some((one) => one !== undefined)) return;
  throw new BadInputError({
    en: "There is nothing to look at. Give a model, or --transcript, --output, --prompt, --training-config, --training-data or --server.",
    zh: "没有可检查的内容。请给出模型，或 --transcript、--output、--prompt、--training-config、--training-data、--server 之一。",
  });
}
