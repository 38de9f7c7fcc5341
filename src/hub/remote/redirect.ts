import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { refusedRedirect } from "./errors.ts";

/** Addresses of this machine and of private networks (RFC 1918, 4193, 6598 and loopback). */
const PRIVATE = blockList(
  ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
  ["::/127", "fc00::/7"],
);
/** Link-local addresses, where cloud machines keep their credentials: nothing to download comes from there. */
const LINK_LOCAL = blockList(["169.254.0.0/16"], ["fe80::/10"]);

export type AddressKind = "public" | "private" | "link-local";

/** What kind of network an IP address belongs to. */
export function addressKind(address: string): AddressKind {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return addressKind(mapped);
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  if (LINK_LOCAL.check(address, family)) return "link-local";
  return PRIVATE.check(address, family) ? "private" : "public";
}

/**
 * The address that a redirect leads to. A redirect may lead to another host, but not to another protocol, from HTTPS
 * back to HTTP, or from a public host into a private network. Throws `HubError` where it must not be followed.
 */
export async function redirectTarget(from: URL, location: string): Promise<URL> {
  let to: URL;
  try {
    to = new URL(location, from);
  } catch {
    throw refusedRedirect(from, location, { en: "which is no address", zh: "这不是有效地址" });
  }
  if (to.protocol !== "https:" && to.protocol !== "http:") {
    throw refusedRedirect(from, location, { en: "which is not on the web", zh: "这不是网络地址" });
  }
  if (from.protocol === "https:" && to.protocol === "http:") {
    throw refusedRedirect(from, to.origin, { en: "which is not encrypted", zh: "该地址未加密" });
  }
  if (to.host === from.host) return to;
  const [source, target] = [await kindOfHost(from), await kindOfHost(to)];
  if (target === "link-local" || (target === "private" && source !== "private")) {
    throw refusedRedirect(from, to.origin, {
      en: "which is in a private network",
      zh: "该地址位于私有网络",
    });
  }
  return to;
}

/** The least public of a host's addresses counts; a host that has none is left to the request to fail. */
async function kindOfHost(url: URL): Promise<AddressKind> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0) return addressKind(host);
  try {
    const kinds = (await lookup(host, { all: true })).map(({ address }) => addressKind(address));
    return (
      kinds.find((kind) => kind === "link-local") ?? kinds.find((kind) => kind === "private") ?? "public"
    );
  } catch {
    return "public";
  }
}

/** Whether a host is this very machine, by its name or address. */
export function isLoopback(url: URL): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
}

function blockList(ipv4: readonly string[], ipv6: readonly string[]): BlockList {
  const list = new BlockList();
  const add = (family: "ipv4" | "ipv6") => (subnet: string) => {
    const [network = "", prefix = ""] = subnet.split("/");
    list.addSubnet(network, Number(prefix), family);
  };
  ipv4.forEach(add("ipv4"));
  ipv6.forEach(add("ipv6"));
  return list;
}
