/** Where the usual variables' keys belong; a key is sent to its own host and to no other. */
const HOSTS: Readonly<Record<string, string>> = {
  "api.openai.com": "OPENAI_API_KEY",
  "ollama.com": "OLLAMA_API_KEY",
  "router.huggingface.co": "HF_TOKEN",
  "api-inference.modelscope.cn": "MODELSCOPE_API_TOKEN",
  "dashscope.aliyuncs.com": "DASHSCOPE_API_KEY",
  "dashscope-intl.aliyuncs.com": "DASHSCOPE_API_KEY",
  "api.deepseek.com": "DEEPSEEK_API_KEY",
  "api.moonshot.cn": "MOONSHOT_API_KEY",
  "api.siliconflow.cn": "SILICONFLOW_API_KEY",
  "openrouter.ai": "OPENROUTER_API_KEY",
  "api.groq.com": "GROQ_API_KEY",
  "api.mistral.ai": "MISTRAL_API_KEY",
  "api.together.xyz": "TOGETHER_API_KEY",
};
/** What a server on this very machine was started with. */
const OWN_MACHINE = ["LLAMA_API_KEY", "VLLM_API_KEY"];

/** The key for a server, and the variable that a user sets for it. */
export interface Key {
  readonly variable: string;
  readonly value: string | undefined;
}

/**
 * The key for a host: its own variable's where the host is a known one, `LLAMA_API_KEY` or `VLLM_API_KEY` on this
 * machine, and `OPENAI_API_KEY` where `OPENAI_BASE_URL` names this very server. Nothing else is ever sent; a known
 * host gets its key over HTTPS alone.
 */
export function keyFor(url: URL, environment: Readonly<Record<string, string | undefined>>): Key {
  const { OPENAI_BASE_URL: named } = environment;
  if (named !== undefined && URL.canParse(named) && new URL(named).origin === url.origin) {
    return found("OPENAI_API_KEY", environment);
  }
  const own = HOSTS[url.host];
  if (own !== undefined && url.protocol === "https:") return found(own, environment);
  if (/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)) {
    const variable = OWN_MACHINE.find((name) => found(name, environment).value !== undefined);
    return found(variable ?? OWN_MACHINE.join(", "), environment);
  }
  return { variable: `OPENAI_API_KEY, with OPENAI_BASE_URL=${url.origin}/v1`, value: undefined };
}

function found(variable: string, environment: Readonly<Record<string, string | undefined>>): Key {
  const value = environment[variable]?.trim();
  return { variable, value: value !== undefined && /^[\x21-\x7e]+$/.test(value) ? value : undefined };
}
