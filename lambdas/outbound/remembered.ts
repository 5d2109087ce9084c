// What a system was asked once need not be asked again on the same connection: the name behind an id, say.

/** Answers by key. Each is asked for once, however many want it at a time; a failure or "not there" is not remembered. */
export class Remembered<Answer> {
  readonly #answers = new Map<string, Promise<Answer | undefined>>();

  async get(key: string, ask: () => Promise<Answer | undefined>): Promise<Answer | undefined> {
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const asked = ask();
    this.#answers.set(key, asked);
    try {
      const answer = await asked;
      if (answer === undefined) this.#answers.delete(key);
      return answer;
    } catch (error) {
      this.#answers.delete(key);
      throw error;
    }
  }
}
