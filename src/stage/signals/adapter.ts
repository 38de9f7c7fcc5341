import { printable } from "../../printable.ts";
import type { Evidence } from "../evidence.ts";
import type { ModelFacts } from "../facts.ts";
import { observe } from "./observe.ts";

/** An adapter is no model of a stage; what it sits on has one, which the parent's name tells. */
export function adapterSignal({ adapter }: ModelFacts): Evidence[] {
  if (adapter === undefined) return [];
  const parent =
    adapter.parent === undefined || adapter.parent === "" ? undefined : printable(adapter.parent);
  return [
    observe(
      "adapter",
      "adapter",
      10,
      { says: "other", kind: "adapter" },
      {
        en: `It is an adapter: it holds changes to ${parent ?? "a model that it does not name"}, and works only on top of that.`,
        zh: `它是适配器：保存的是对${parent === undefined ? "某个未注明的模型" : ` ${parent} `}的改动，必须加载在其之上。`,
      },
    ),
  ];
}
