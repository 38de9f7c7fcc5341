import { hexDigest, safeName } from "../safe-names.ts";
import { lies } from "./errors.ts";
import type { Http } from "./http.ts";
import type { Repository } from "./repository.ts";

/**
 * A file at an address of its own as a repository of one file. One byte is asked for, since that tells the size also
 * where the host answers no HEAD. Its digest is known only where the host states it.
 */
export async function singleFileRepository(http: Http, url: URL): Promise<Repository> {
  const name = safeName(url.host, lastPart(url));
  const address = url.href;
  return http.patiently(async () => {
    const answer = await http.send(address, { what: address, headers: { range: "bytes=0-0" } });
    answer.cancel();
    const { headers, status } = answer;
    const total = /^bytes 0-0\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
    const length = status === 206 ? total : headers.get("content-length");
    const bytes = Number(length ?? Number.NaN);
    if (!Number.isSafeInteger(bytes)) {
      throw lies(url, { en: "it does not tell the size of the file", zh: "没有给出文件大小" });
    }
    const etag = /^"?([0-9a-f]{64})"?$/i.exec(headers.get("x-linked-etag") ?? headers.get("etag") ?? "")?.[1];
    const version = headers.get("etag") ?? headers.get("last-modified");
    const sha256 = hexDigest(headers.get("x-checksum-sha256") ?? etag, 64);
    return {
      name: name.replace(/\.gguf$/i, ""),
      address,
      files: [
        {
          name,
          bytes,
          address,
          ...(sha256 === undefined ? {} : { sha256 }),
          ...(version === null ? {} : { version }),
        },
      ],
    };
  });
}

function lastPart(url: URL): string {
  const part = url.pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
