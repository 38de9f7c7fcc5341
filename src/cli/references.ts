import type { Text } from "../language.ts";

/** How a reference may be written; the same in every command. */
export const REFERENCE: Text = {
  en: "a .gguf file or folder, owner/name[:quant], modelscope:owner/name, ollama:name, the address of a file or of a server (http://host:port[#model]), mini-base or mini-instruct",
  zh: ".gguf 文件或文件夹、owner/name[:quant]、modelscope:owner/name、ollama:name、文件或服务器的网址（http://host:port[#model]）、mini-base 或 mini-instruct",
};

/** How a model on a hub may be written. */
export const REMOTE: Text = {
  en: "owner/name[:quant][@revision], modelscope:owner/name, ollama:name[:tag], or an address",
  zh: "owner/name[:quant][@revision]、modelscope:owner/name、ollama:name[:tag] 或网址",
};
