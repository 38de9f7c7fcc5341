import type { Expression, Grammar } from "./gbnf.ts";

/** The rules that an empty text satisfies. */
export function emptyRules(grammar: Grammar): ReadonlySet<string> {
  const empty = new Set<string>();
  // A rule is found empty once those that it needs are, so that it takes as many rounds as the longest chain.
  for (let before = -1; before < empty.size; ) {
    before = empty.size;
    for (const [name, expression] of grammar) if (canBeEmpty(expression, empty)) empty.add(name);
  }
  return empty;
}

/**
 * A rule that can begin with itself, directly or through others; undefined where there is none. The library's own check
 * overlooks those behind a rule that is empty only through another, and then takes memory without end.
 */
export function leftRecursiveRule(grammar: Grammar, empty: ReadonlySet<string>): string | undefined {
  const begins = new Map([...grammar].map(([name, one]) => [name, [...new Set(firstRules(one, empty))]]));
  const done = new Set<string>();
  for (const start of grammar.keys()) {
    // Depth first, by hand: a chain of rules may be longer than the stack is deep.
    const path: { name: string; left: string[] }[] = [];
    const onPath = new Set<string>();
    const enter = (name: string): void => {
      path.push({ name, left: [...(begins.get(name) ?? [])] });
      onPath.add(name);
    };
    if (!done.has(start)) enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.left.pop();
      if (next === undefined) {
        done.add(top.name);
        onPath.delete(top.name);
        path.pop();
      } else if (onPath.has(next)) return next;
      else if (!done.has(next)) enter(next);
    }
  }
  return undefined;
}

function canBeEmpty(expression: Expression, empty: ReadonlySet<string>): boolean {
  switch (expression.kind) {
    case "text":
      return expression.characters.length === 0;
    case "character":
    case "token":
      return false;
    case "rule":
      return empty.has(expression.name);
    case "repeat":
      return expression.least === 0 || canBeEmpty(expression.of, empty);
    case "sequence":
      return expression.parts.every((part) => canBeEmpty(part, empty));
    case "choice":
      return expression.of.some((one) => canBeEmpty(one, empty));
  }
}

/** The rules that the expression can begin with. */
function firstRules(expression: Expression, empty: ReadonlySet<string>): string[] {
  switch (expression.kind) {
    case "text":
    case "character":
    case "token":
      return [];
    case "rule":
      return [expression.name];
    case "repeat":
      return firstRules(expression.of, empty);
    case "sequence": {
      const end = expression.parts.findIndex((part) => !canBeEmpty(part, empty));
      const reachable = end === -1 ? expression.parts : expression.parts.slice(0, end + 1);
      return reachable.flatMap((part) => firstRules(part, empty));
    }
    case "choice":
      return expression.of.flatMap((one) => firstRules(one, empty));
  }
}

/** A rule of which no text ever comes to an end; undefined where there is none. */
export function endlessRule(grammar: Grammar): string | undefined {
  const finite = new Set<string>();
  for (let before = -1; before < finite.size; ) {
    before = finite.size;
    for (const [name, expression] of grammar) if (canEnd(expression, finite)) finite.add(name);
  }
  return [...grammar.keys()].find((name) => !finite.has(name));
}

function canEnd(expression: Expression, finite: ReadonlySet<string>): boolean {
  switch (expression.kind) {
    case "text":
    case "character":
    case "token":
      return true;
    case "rule":
      return finite.has(expression.name);
    case "repeat":
      return expression.least === 0 || canEnd(expression.of, finite);
    case "sequence":
      return expression.parts.every((part) => canEnd(part, finite));
    case "choice":
      return expression.of.some((one) => canEnd(one, finite));
  }
}
