// As much of DynamoDB's expressions as the stores use, and how large an item is; whatever else they came to use is refused.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html

export type Item = Readonly<Record<string, unknown>>;

export interface Naming {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
}

const TOKEN = /\s*(<>|<=|>=|[=<>(),+]|[#:]?[\w]+(?:\.[#\w]+)*)/y;
const CLAUSES: ReadonlySet<string> = new Set(['SET', 'REMOVE', 'ADD']);

/** True without an expression. */
export function conditionHolds(expression: string | undefined, item: Item, naming: Naming): boolean {
  if (expression === undefined) return true;
  const reader = new Reader(expression, item, naming);
  const holds = reader.either();
  reader.end();
  return holds;
}

export function updated(item: Item, expression: string, naming: Naming): Item {
  return new Reader(expression, item, naming).update();
}

class Reader {
  readonly #tokens: readonly string[];
  readonly #item: Item;
  readonly #naming: Naming;
  #next = 0;

  constructor(expression: string, item: Item, naming: Naming) {
    this.#tokens = tokensOf(expression);
    this.#item = item;
    this.#naming = naming;
  }

  either(): boolean {
    let holds = this.#both();
    while (this.#take('OR')) holds = this.#both() || holds;
    return holds;
  }

  end(): void {
    if (this.#next < this.#tokens.length) throw new Error(`cannot read ${this.#tokens.slice(this.#next).join(' ')}`);
  }

  update(): Item {
    const changed: Record<string, unknown> = { ...this.#item };
    while (this.#next < this.#tokens.length) {
      const clause = this.#token();
      if (!CLAUSES.has(clause)) throw new Error(`cannot read the clause ${clause}`);
      do this.#clause(clause, changed);
      while (this.#take(','));
    }
    return changed;
  }

  #clause(clause: string, changed: Record<string, unknown>): void {
    const name = this.#name(this.#token());
    if (name.length !== 1) throw new Error('only whole attributes are changed');
    const [attribute = ''] = name;
    if (clause === 'REMOVE') delete changed[attribute];
    else if (clause === 'ADD') changed[attribute] = Number(this.#item[attribute] ?? 0) + Number(this.#operand());
    else {
      this.#expect('=');
      const value = this.#operand();
      changed[attribute] = this.#take('+') ? Number(value) + Number(this.#operand()) : value;
    }
  }

  #both(): boolean {
    let holds = this.#one();
    while (this.#take('AND')) holds = this.#one() && holds;
    return holds;
  }

  #one(): boolean {
    if (this.#take('(')) {
      const holds = this.either();
      this.#expect(')');
      return holds;
    }
    if (this.#take('attribute_exists')) return this.#argument() !== undefined;
    if (this.#take('attribute_not_exists')) return this.#argument() === undefined;
    if (this.#take('begins_with')) {
      this.#expect('(');
      const text = this.#operand();
      this.#expect(',');
      const prefix = this.#operand();
      this.#expect(')');
      return typeof text === 'string' && text.startsWith(String(prefix));
    }
    const left = this.#operand();
    if (this.#take('BETWEEN')) {
      const from = this.#operand();
      this.#expect('AND');
      const to = this.#operand();
      return compared(left, '>=', from) && compared(left, '<=', to);
    }
    return compared(left, this.#token(), this.#operand());
  }

  #argument(): unknown {
    this.#expect('(');
    const value = this.#operand();
    this.#expect(')');
    return value;
  }

  #operand(): unknown {
    if (this.#take('if_not_exists')) {
      this.#expect('(');
      const known = this.#operand();
      this.#expect(',');
      const otherwise = this.#operand();
      this.#expect(')');
      return known ?? otherwise;
    }
    const token = this.#token();
    if (token.startsWith(':')) {
      const values = this.#naming.ExpressionAttributeValues ?? {};
      if (values[token] === undefined) throw new Error(`there is no value ${token}`);
      return values[token];
    }
    let value: unknown = this.#item;
    for (const name of this.#name(token)) value = (value as Item | undefined)?.[name];
    return value;
  }

  #name(token: string): readonly string[] {
    return token.split('.').map((part) => {
      const name = part.startsWith('#') ? this.#naming.ExpressionAttributeNames?.[part] : part;
      if (name === undefined) throw new Error(`there is no name ${part}`);
      return name;
    });
  }

  #token(): string {
    const token = this.#tokens[this.#next];
    if (token === undefined) throw new Error('an expression ends too early');
    this.#next += 1;
    return token;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#next] !== token) return false;
    this.#next += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw new Error(`expected ${token}, not ${this.#tokens[this.#next]}`);
  }
}

const known = new Map<string, readonly string[]>();

function tokensOf(expression: string): readonly string[] {
  const read = known.get(expression);
  if (read !== undefined) return read;
  const tokens: string[] = [];
  const text = expression.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const [, token] = TOKEN.exec(text) ?? [];
    if (token === undefined) throw new Error(`cannot read ${text.slice(at)}`);
    tokens.push(token);
  }
  known.set(expression, tokens);
  return tokens;
}

/** What is not there compares with nothing but by `<>`. */
function compared(left: unknown, operator: string, right: unknown): boolean {
  const [a, b] = [left, right] as [number, number];
  if (operator === '=') return left !== undefined && JSON.stringify(left) === JSON.stringify(right);
  if (operator === '<>') return JSON.stringify(left) !== JSON.stringify(right);
  if (left === undefined || right === undefined || typeof left !== typeof right) return false;
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  if (operator === '>') return a > b;
  if (operator === '>=') return a >= b;
  throw new Error(`cannot compare by ${operator}`);
}

/** In bytes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
export function sizeOf(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + bytesOf(name) + valueSize(value), 0);
}

function valueSize(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === 'string') return bytesOf(value);
  if (typeof value === 'number') return Math.ceil(String(value).replace(/\D/g, '').length / 2) + 1;
  if (typeof value !== 'object' || value === null) return 1;
  if (value instanceof Uint8Array) return value.byteLength;
  const members = Array.isArray(value) ? value.map((one) => ['', one] as const) : Object.entries(value);
  return members.reduce((sum, [name, one]) => sum + 1 + bytesOf(name) + valueSize(one), 3);
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
