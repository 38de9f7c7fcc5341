/** Who speaks in a turn of a data set; a tool's turn holds what a call gave back. */
export const EXAMPLE_ROLES = ["system", "user", "assistant", "tool"] as const;
export type ExampleRole = (typeof EXAMPLE_ROLES)[number];

/** A call of a tool, as templates take it: arguments as values, unless they were no JSON. */
export interface ToolCall {
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: unknown };
}

/** One turn to learn from, or to read. */
export interface ExampleMessage {
  readonly role: ExampleRole;
  readonly content: string;
  /** What the assistant thought before it answered. */
  readonly thought?: string;
  readonly toolCalls?: readonly ToolCall[];
  /** How much an assistant's turn counts, 1 where nothing is said; 0 is read and not learnt. */
  readonly weight?: number;
}

/** What one row of a data set teaches. */
export type Example =
  | { readonly kind: "text"; readonly text: string }
  | ConversationExample
  | {
      readonly kind: "preference";
      readonly prompt: readonly ExampleMessage[];
      readonly chosen: readonly ExampleMessage[];
      readonly rejected: readonly ExampleMessage[];
      readonly tools?: readonly unknown[];
    }
  | { readonly kind: "labelled"; readonly text: string; readonly label: string };

/** A conversation with at least one assistant turn, which is its last. */
export interface ConversationExample {
  readonly kind: "conversation";
  readonly messages: readonly ExampleMessage[];
  /** JSON schemas of functions, as templates take them. */
  readonly tools?: readonly unknown[];
}
