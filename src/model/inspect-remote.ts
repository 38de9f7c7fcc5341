import { BadFileError, BadInputError } from "../errors.ts";
import { readGgufHeaderFrom } from "../formats/gguf/header.ts";
import { chosenGguf, type GgufChoice, ggufChoices } from "../hub/gguf-choices.ts";
import type { ModelFiles, ReadCost } from "../hub/model-files.ts";
import { readModelFolder } from "../hub/model-folder.ts";
import type { Absent } from "../hub/reference.ts";
import { repositoryOf } from "../hub/remote/find.ts";
import { Http, type HttpOptions } from "../hub/remote/http.ts";
import { filesOfRepository } from "../hub/remote/remote-files.ts";
import type { RemoteFile } from "../hub/remote/repository.ts";
import { MODEL_FILES } from "../hub/stores/local-model.ts";
import { printable } from "../printable.ts";
import type { ModelFacts } from "../stage/facts.ts";
import type { MatrixFacts } from "../stage/signals/weights.ts";
import { factsOfFolder } from "./folder-facts.ts";
import { factsOfGguf } from "./gguf-facts.ts";
import { publishedName } from "./published-name.ts";
import { measureFolder, measureGguf } from "./weight-rows.ts";

/** Most GGUF headers are 4 to 8 MiB; a read is a request, so the first takes much of it. */
const REMOTE_HEAD = { firstBytes: 4 * 2 ** 20, growth: 2 };

/** The facts of a model that is not on this machine, and what reading them cost. */
export interface RemoteFacts {
  readonly facts: ModelFacts;
  /** The address of the file or repository that was read. */
  readonly address: string;
  /** What reading took until now. */
  readonly cost: () => ReadCost;
  /** Measures the rows of turn tokens in the weights, by a few ranges; throws what reading them throws. */
  readonly measure: (facts: ModelFacts) => Promise<MatrixFacts[]>;
}

/**
 * Reads the facts of a model from its host: the list of files, then only what matters, in parallel and by ranges.
 * Throws `NotFoundError` and `HubError` for what the host answers, `BadFileError` for what is wrong
 * with its files, and `BadInputError` where the reference names a choice that is not there.
 */
export async function readRemoteFacts(absent: Absent, options: HttpOptions): Promise<RemoteFacts> {
  const { reference, parsed } = absent;
  const http = new Http(options);
  const repository = await repositoryOf(http, parsed);
  const files = filesOfRepository(http, repository);
  const choices = ggufChoices(repository.files);
  const gguf = choiceOf(absent, choices, repository.files);
  const names = publishedName(parsed.kind, repository.name);
  if (gguf !== undefined) {
    const [first] = gguf.files;
    const file = await files.open(first.name); // ranges of it may be asked for as long as the host answers
    const header = await readGgufHeaderFrom(file, REMOTE_HEAD);
    const own = { from: "file name", name: first.name.replace(/\.gguf$/i, "") } as const;
    const facts = factsOfGguf(reference, parsed.kind === "ollama" ? names : [...names, own], header);
    const measure: RemoteFacts["measure"] = (known) => measureGguf(known, header, file, "few places");
    return { facts, address: first.address, cost: () => ({ ...files.cost }), measure };
  }
  const facts = factsOfFolder(reference, names, await folderOf(files, repository.files));
  return {
    facts,
    address: repository.address,
    cost: () => ({ ...files.cost }),
    measure: (known) => measureFolder(known, files, "few places"),
  };
}

async function folderOf(files: ModelFiles, list: readonly RemoteFile[]): ReturnType<typeof readModelFolder> {
  if (list.some(({ name }) => MODEL_FILES.includes(name))) return readModelFolder(files);
  throw new BadFileError(files.path, {
    en: `${printable(files.path)} holds no model: neither a .gguf file nor a config.json. Check the name.`,
    zh: `${printable(files.path)} 中没有模型：既无 .gguf 文件，也无 config.json。请检查名称。`,
  });
}

/** The GGUF to read; of a repository that also holds the original files, only when it is named. */
function choiceOf(
  { reference, parsed }: Absent,
  choices: readonly GgufChoice<RemoteFile>[],
  files: readonly RemoteFile[],
): GgufChoice<RemoteFile> | undefined {
  const word = "choice" in parsed ? parsed.choice : undefined;
  if (word === undefined) {
    const hasOriginal = files.some(({ name }) => name.endsWith(".safetensors"));
    return hasOriginal ? undefined : choices[0];
  }
  const chosen = chosenGguf(choices, word);
  if (chosen !== undefined) return chosen;
  const labels = choices.map(({ label }) => printable(label)).join(", ");
  throw new BadInputError({
    en: `${printable(reference)}: there is no such GGUF. ${labels === "" ? "The repository holds none; leave the choice out." : `Choose one of ${labels}.`}`,
    zh: `${printable(reference)}：没有这个 GGUF。${labels === "" ? "该仓库没有 GGUF；请去掉选择。" : `可选：${labels}。`}`,
  });
}
