import { BasewiseError, EXIT, type ExitCode, NotFoundError } from "../../errors.ts";
import type { Text } from "../../language.ts";
import { printable } from "../../printable.ts";

/** What went wrong between basewise and a server. */
export type ServerFault =
  /** Nothing answers at the address. */
  | "unreachable"
  /** It was silent for too long. */
  | "silent"
  /** It wants a key, or another one. */
  | "key"
  /** It asks to slow down. */
  | "busy"
  /** It refused the request, or failed over it. */
  | "refused"
  /** Its answer ended early, or is not what its interface promises. */
  | "broken"
  /** It sends to another address. */
  | "redirect";

/** A server that cannot be reached, refuses, or does not keep to its interface. */
export class ServerError extends BasewiseError {
  override readonly name = "ServerError";
  readonly exitCode: ExitCode = EXIT.notFound;
  /** As in `URL.host`. */
  readonly host: string;
  /** What went wrong. */
  readonly fault: ServerFault;
  /** The HTTP status; undefined where there was none. */
  readonly status: number | undefined;
  /** What the server itself said, where it said something. */
  readonly said: string | undefined;

  constructor(
    host: string,
    fault: ServerFault,
    text: Text,
    facts: { readonly status?: number; readonly said?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(text, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.host = host;
    this.fault = fault;
    this.status = facts.status;
    this.said = facts.said;
  }
}

/** Something that a model on this machine gives and this server cannot. */
export class UnsupportedByServerError extends BasewiseError {
  override readonly name = "UnsupportedByServerError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** What kind of server it is. */
  readonly program: string;
  /** What was wanted of it. */
  readonly wanted: Text;

  constructor(program: string, wanted: Text) {
    const shown = printable(program);
    super({
      en: `A server of this kind (${shown}) does not give ${wanted.en}. Run the model on this machine, or behind a server that does (llama-server gives most).`,
      zh: `这类服务器（${shown}）不提供${wanted.zh}。请在本机运行模型，或改用能够提供的服务器（llama-server 提供最多）。`,
    });
    this.program = program;
    this.wanted = wanted;
  }
}

export function unreachable(url: URL, cause: unknown): ServerError {
  const host = printable(url.host);
  const why = printable(reasonOf(cause));
  return new ServerError(
    url.host,
    "unreachable",
    {
      en: `The connection to ${host} failed (${why}). Check that the server runs, and its address.`,
      zh: `与 ${host} 的连接失败（${why}）。请确认服务器正在运行，并检查地址。`,
    },
    { cause },
  );
}

export function silent(url: URL, milliseconds: number): ServerError {
  const host = printable(url.host);
  const seconds = Math.ceil(milliseconds / 1000);
  return new ServerError(url.host, "silent", {
    en: `${host} has been silent for ${seconds} s, so its answer was given up. Check that it is not overloaded, or try again.`,
    zh: `${host} 已 ${seconds} 秒没有响应，已放弃等待。请确认它没有过载，或重试。`,
  });
}

export function broken(url: URL, what: Text, cause?: unknown): ServerError {
  const host = printable(url.host);
  return new ServerError(
    url.host,
    "broken",
    {
      en: `The answer of ${host} to ${printable(url.pathname)} cannot be used: ${what.en}. Try again, or look into the server's log.`,
      zh: `${host} 对 ${printable(url.pathname)} 的应答不可用：${what.zh}。请重试，或查看服务器日志。`,
    },
    { cause },
  );
}

export function redirected(url: URL, status: number, location: string): ServerError {
  const to = URL.canParse(location, url.href) ? new URL(location, url).origin : location;
  const [host, shown] = [printable(url.host), printable(to)];
  return new ServerError(
    url.host,
    "redirect",
    {
      en: `${host} redirects to ${shown} (${status}), and basewise sends prompts and keys only where you said. If that is the server, give its address.`,
      zh: `${host} 重定向到 ${shown}（${status}），而 basewise 只把提示和密钥发往您指定的地址。若那就是目标服务器，请直接给出其地址。`,
    },
    { status },
  );
}

/** The error for a status that is no success, and for an error object within a stream. */
export function refused(url: URL, status: number, said: string | undefined, keyVariable: string): Error {
  const host = printable(url.host);
  const why = said === undefined ? "" : `: ${printable(said, 300)}`;
  const facts = { status, said };
  if (status === 401 || status === 403) {
    return new ServerError(
      url.host,
      "key",
      {
        en: `${host} wants a key that it accepts (${status}). Set it in ${keyVariable}.`,
        zh: `${host} 需要有效的密钥（${status}）。请在 ${keyVariable} 中设置。`,
      },
      facts,
    );
  }
  if (status === 404) {
    return new NotFoundError(url.href, {
      en: `${host} has no ${printable(url.pathname)}, or not this model (404${why}). Check the address and the model's name (address#model).`,
      zh: `${host} 上没有 ${printable(url.pathname)}，或没有这个模型（404${why}）。请检查地址和模型名称（地址#模型）。`,
    });
  }
  if (status === 429) {
    return new ServerError(
      url.host,
      "busy",
      {
        en: `${host} asks to slow down (429${why}). Try again later.`,
        zh: `${host} 要求放慢请求（429${why}）。请稍后重试。`,
      },
      facts,
    );
  }
  const isOwnFault = status >= 500;
  return new ServerError(
    url.host,
    "refused",
    {
      en: `${host} ${isOwnFault ? "failed" : "refused the request"} (${status}${why}). ${isOwnFault ? "Look into its log, or try again later." : "Change what it names."}`,
      zh: `${host} ${isOwnFault ? "出错" : "拒绝了请求"}（${status}${why}）。${isOwnFault ? "请查看其日志，或稍后重试。" : "请按其说明修改。"}`,
    },
    facts,
  );
}

function reasonOf(cause: unknown): string {
  for (let error = cause; error instanceof Error; error = error.cause) {
    if ("code" in error && typeof error.code === "string") return error.code;
  }
  return cause instanceof Error ? cause.message : String(cause);
}
