import { describe, expect, test } from "vitest";
import { HubError } from "../../src/hub/remote/errors.ts";
import { addressKind, redirectTarget } from "../../src/hub/remote/redirect.ts";

test.each([
  ["8.8.8.8", "public"],
  ["2606:4700::1", "public"],
  ["127.0.0.1", "private"],
  ["10.1.2.3", "private"],
  ["172.31.0.1", "private"],
  ["172.32.0.1", "public"],
  ["192.168.1.1", "private"],
  ["100.64.0.1", "private"],
  ["::1", "private"],
  ["fd00::1", "private"],
  ["169.254.169.254", "link-local"],
  ["fe80::1", "link-local"],
  ["::ffff:10.0.0.1", "private"],
])("the address %s is %s", (address, kind) => {
  expect(addressKind(address)).toBe(kind);
});

describe("a redirect", () => {
  test("to another public host is followed, and one on the same host anywhere", async () => {
    const to = await redirectTarget(new URL("https://8.8.8.8/a"), "https://1.1.1.1/b");
    expect(to.href).toBe("https://1.1.1.1/b");
    expect((await redirectTarget(new URL("http://10.0.0.1/a"), "../b")).href).toBe("http://10.0.0.1/b");
  });

  test("inside a private network is followed: the user named it", async () => {
    expect((await redirectTarget(new URL("http://127.0.0.1/a"), "http://127.0.0.1:81/b")).port).toBe("81");
  });

  test.each([
    ["https://127.0.0.1/", /private network/],
    ["https://192.168.0.1/", /private network/],
    ["https://[::1]/", /private network/],
    ["https://2130706433/", /private network/],
    ["http://8.8.8.8/", /not encrypted/],
    ["data:text/plain,x", /not on the web/],
  ])("from a public host to %s is refused", async (location, message) => {
    const refused = redirectTarget(new URL("https://8.8.8.8/a"), location);
    await expect(refused).rejects.toThrow(HubError);
    await expect(refused).rejects.toThrow(message);
  });
});
