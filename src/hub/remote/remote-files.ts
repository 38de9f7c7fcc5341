import { stringify } from "yaml";
import { NotFoundError } from "../../errors.ts";
import type { FileBytes } from "../../formats/file-bytes.ts";
import { tooLarge } from "../../formats/gguf/problems.ts";
import { printable } from "../../printable.ts";
import type { ModelFiles, ReadCost } from "../model-files.ts";
import { lies, noRanges, Transient } from "./errors.ts";
import type { Http } from "./http.ts";
import type { RemoteFile, Repository } from "./repository.ts";

/**
 * The small files that tell most about a stage, the most telling first. With the list of files, four of them make the
 * five requests that a verdict may take; the rest are left unread.
 */
const TELLING = [
  "adapter_config.json",
  "config.json",
  "generation_config.json",
  "tokenizer_config.json",
  "chat_template.jinja",
  "modules.json",
  "1_Pooling/config.json",
  "README.md",
  "special_tokens_map.json",
  "added_tokens.json",
  "preprocessor_config.json",
];
const SMALL_FILES = 4;

/** The files of a repository on another machine, read by as few requests as possible. */
export function filesOfRepository(http: Http, repository: Repository): ModelFiles {
  const { files, name, cardData } = repository;
  const byName = new Map(files.map((file) => [file.name, file]));
  const read = new Set(TELLING.filter((one) => byName.has(one)).slice(0, SMALL_FILES));
  return {
    path: repository.address,
    list: async () => files,
    text: async (wanted, maxBytes) => {
      const file = byName.get(wanted);
      if (file === undefined) return undefined;
      if (!read.has(wanted)) {
        // The list already brought the card's front matter along.
        return wanted === "README.md" && cardData !== undefined
          ? `---\n${stringify(cardData)}---\n`
          : undefined;
      }
      if (file.bytes > maxBytes) throw tooLarge(file.address, file.bytes, maxBytes);
      const request = { what: `${name}/${wanted}`, credential: repository.credential };
      return Buffer.from(await http.read(file.address, request, maxBytes)).toString("utf8");
    },
    open: async (wanted) => {
      const file = byName.get(wanted);
      if (file === undefined) {
        throw new NotFoundError(wanted, {
          en: `${printable(name)} has no file ${printable(wanted)}. Check the name.`,
          zh: `${printable(name)} 中没有文件 ${printable(wanted)}。请检查名称。`,
        });
      }
      return remoteBytes(http, repository, file);
    },
    get cost(): ReadCost {
      return { requests: http.requests, bytes: http.bytes };
    },
  };
}

function remoteBytes(http: Http, { name, credential }: Repository, file: RemoteFile): FileBytes {
  const what = `${name}/${file.name}`;
  return {
    path: file.address,
    size: file.bytes,
    read: (offset, length) =>
      http.patiently(async () => {
        if (length === 0) return new Uint8Array();
        const bytes = Buffer.allocUnsafe(length);
        let filled = 0;
        for await (const chunk of rangeOf(http, file, { what, credential }, offset, length)) {
          bytes.set(chunk, filled);
          filled += chunk.length;
        }
        return bytes;
      }),
    [Symbol.asyncDispose]: async () => {},
  };
}

/**
 * The bytes of a range as they come, exactly as many as asked for. Throws `Transient` where the body ends early, and
 * `BadFileError` where the host gives another range, another size or more bytes than it was asked for.
 */
export async function* rangeOf(
  http: Http,
  file: RemoteFile,
  request: Parameters<Http["send"]>[1],
  offset: number,
  length: number,
  onPlace: (url: URL) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const headers = { ...request.headers, range: `bytes=${offset}-${offset + length - 1}` };
  const answer = await http.send(file.address, { ...request, headers });
  const whole = offset === 0 && length === file.bytes;
  const stated = answer.headers.get("content-range");
  const [, from, to, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(stated ?? "") ?? [];
  const isRange =
    answer.status === 206 &&
    Number(from) === offset &&
    Number(to) === offset + length - 1 &&
    Number(total) === file.bytes;
  if (!isRange && !(answer.status === 200 && whole)) {
    answer.cancel();
    if (answer.status === 200 && stated === null) throw noRanges(answer.url);
    throw lies(answer.url, {
      en: `asked for ${length} bytes at ${offset} of ${file.bytes}, it gives "${printable(stated ?? "")}"`,
      zh: `请求从 ${offset} 起的 ${length} 字节（共 ${file.bytes}），却给出“${printable(stated ?? "")}”`,
    });
  }
  onPlace(answer.url);
  let left = length;
  try {
    for await (const chunk of answer.body) {
      if (chunk.length > left) {
        throw lies(answer.url, { en: "it gives more bytes than it said", zh: "给出的字节多于声明" });
      }
      left -= chunk.length;
      yield chunk;
    }
  } finally {
    answer.cancel();
  }
  if (left > 0) throw new Transient(lies(answer.url, { en: "it ends too early", zh: "内容提前结束" }));
}
