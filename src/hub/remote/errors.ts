import { BadFileError, BasewiseError, EXIT, type ExitCode, NotFoundError } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";

/** A host that cannot be reached, refuses, or is out of order. */
export class HubError extends BasewiseError {
  override readonly name = "HubError";
  readonly exitCode: ExitCode = EXIT.notFound;
  readonly host: string;
  /** The HTTP status; undefined where the host gave no answer. */
  readonly status: number | undefined;

  constructor(host: string, status: number | undefined, text: Text, options?: ErrorOptions) {
    super(text, options);
    this.host = host;
    this.status = status;
  }
}

/** A fault that may be gone at the next try; `error` is what to say when it is not. */
export class Transient extends Error {
  readonly error: BasewiseError;
  /** Milliseconds that the host asks to wait (`Retry-After`). */
  readonly waitMs: number | undefined;

  constructor(error: BasewiseError, waitMs?: number) {
    super(error.message);
    this.error = error;
    this.waitMs = waitMs;
  }
}

export function offline(what: string): NotFoundError {
  const shown = printable(what);
  return new NotFoundError(what, {
    en: `${shown} is not on this machine, and offline mode is on. Leave out --offline (BASEWISE_OFFLINE, HF_HUB_OFFLINE), or see basewise list.`,
    zh: `本机上没有 ${shown}，而当前为离线模式。请去掉 --offline（或 BASEWISE_OFFLINE、HF_HUB_OFFLINE），或用 basewise list 查看已有模型。`,
  });
}

export function unreachable(url: URL, cause: unknown): HubError {
  const why = printable(reasonOf(cause));
  return new HubError(
    url.host,
    undefined,
    {
      en: `${printable(url.host)} cannot be reached (${why}). Check the network, or name a mirror in HF_ENDPOINT.`,
      zh: `无法连接 ${printable(url.host)}（${why}）。请检查网络，或用 HF_ENDPOINT 指定镜像。`,
    },
    { cause },
  );
}

/** The sentence for a status that is no success. */
export function refused(url: URL, what: string, status: number, code: string | null): BasewiseError {
  const [host, shown] = [printable(url.host), printable(what)];
  const isGated = code === "GatedRepo" || (status === 403 && code === null);
  // Hugging Face answers 401 for a repository that does not exist, so as not to tell which private ones do.
  if (status === 404 || status === 410 || (status === 401 && code === "RepoNotFound")) {
    return new NotFoundError(what, {
      en: `There is no ${shown} on ${host} (${status}). Check the name; for a private model set its host's token (HF_TOKEN, MODELSCOPE_API_TOKEN).`,
      zh: `${host} 上没有 ${shown}（${status}）。请检查名称；私有模型需设置该站点的令牌（HF_TOKEN、MODELSCOPE_API_TOKEN）。`,
    });
  }
  if (status === 401 || status === 403) {
    return new HubError(url.host, status, {
      en: `${host} does not give ${shown} to everybody (${status}). ${isGated ? "Accept its conditions on its page there, and set" : "Set"} a token that may read it (HF_TOKEN, MODELSCOPE_API_TOKEN).`,
      zh: `${host} 不向所有人开放 ${shown}（${status}）。请${isGated ? "先在其页面上接受条款，再" : ""}设置有读取权限的令牌（HF_TOKEN、MODELSCOPE_API_TOKEN）。`,
    });
  }
  if (status === 416) return lies(url, { en: "it refuses the range", zh: "它拒绝所请求的范围" });
  return new HubError(url.host, status, {
    en: `${host} cannot answer at the moment (${status}). Try again later.`,
    zh: `${host} 暂时无法应答（${status}）。请稍后重试。`,
  });
}

export function tooManyRequests(url: URL, waitMs: number | undefined): HubError {
  const seconds = waitMs === undefined ? undefined : Math.ceil(waitMs / 1000);
  return new HubError(url.host, 429, {
    en: `${printable(url.host)} asks to slow down (429). Try again ${seconds === undefined ? "later" : `in ${seconds} s`}; a token allows more requests.`,
    zh: `${printable(url.host)} 要求放慢请求（429）。请${seconds === undefined ? "稍后" : `在 ${seconds} 秒后`}重试；使用令牌可获得更多请求额度。`,
  });
}

export function refusedRedirect(from: URL, to: string, why: Text): HubError {
  return new HubError(from.host, undefined, {
    en: `${printable(from.host)} redirects to ${printable(to)}, ${why.en}; basewise does not follow. Use another host or mirror.`,
    zh: `${printable(from.host)} 重定向到 ${printable(to)}，${why.zh}；basewise 不予跟随。请换用其他站点或镜像。`,
  });
}

/** A host whose answers contradict themselves or what it said before. */
export function lies(url: URL, what: Text): BadFileError {
  const address = `${url.origin}${url.pathname}`;
  return new BadFileError(address, {
    en: `The answer of ${printable(url.host)} for ${printable(url.pathname)} cannot be used: ${what.en}. Try again, or use another host or mirror.`,
    zh: `${printable(url.host)} 对 ${printable(url.pathname)} 的应答不可用：${what.zh}。请重试，或换用其他站点或镜像。`,
  });
}

/** A host that gives whole files only. */
export class NoRangesError extends BadFileError {}

export function noRanges(url: URL): NoRangesError {
  return new NoRangesError(`${url.origin}${url.pathname}`, {
    en: `${printable(url.host)} gives ${printable(url.pathname)} only as a whole, not by ranges, so its header cannot be read alone. Download it first: basewise pull.`,
    zh: `${printable(url.host)} 只能整体提供 ${printable(url.pathname)}，不支持按范围读取，无法只读取文件头。请先用 basewise pull 下载。`,
  });
}

function reasonOf(cause: unknown): string {
  for (let error = cause; error instanceof Error; error = error.cause) {
    if ("code" in error && typeof error.code === "string") return error.code;
    if (error.name === "TimeoutError") return "timeout";
  }
  return cause instanceof Error ? cause.message : String(cause);
}
