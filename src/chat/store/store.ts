import { conversationFile } from "../../hub/settings.ts";
import { Conversations } from "./conversations.ts";
import { Database } from "./database.ts";
import { Memories } from "./memories.ts";

/**
 * Where conversations and memories are kept: one SQLite file, by default `conversations.sqlite` in `BASEWISE_HOME` or
 * in the user's folder for data. Several processes may use it at once.
 */
export class ConversationStore implements Disposable {
  /** What was said. */
  readonly conversations: Conversations;
  /** What is remembered of the user. */
  readonly memories: Memories;
  readonly #database: Database;

  /** Opens the file, and makes it where there is none. Throws StoreError. */
  constructor(path: string = conversationFile()) {
    this.#database = new Database(path);
    this.conversations = new Conversations(this.#database);
    this.memories = new Memories(this.#database);
  }

  /** The database file. */
  get path(): string {
    return this.#database.path;
  }

  [Symbol.dispose](): void {
    this.#database[Symbol.dispose]();
  }
}
