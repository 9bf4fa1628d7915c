/** The lower convex hull of points that come in order of x. Grows with what it holds; O(1) a point in the mean. */
export class LowerHull {
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  #size = 0;

  constructor(capacity: number) {
    this.#x = new Float64Array(capacity);
    this.#y = new Float64Array(capacity);
  }

  /** Its corners, from left to right. */
  get size(): number {
    return this.#size;
  }

  x(corner: number): number {
    return this.#x[corner] as number;
  }

  y(corner: number): number {
    return this.#y[corner] as number;
  }

  clear(): void {
    this.#size = 0;
  }

  /** Throws nothing; `x` must not be below that of the point before. */
  add(x: number, y: number): void {
    if (this.#size > 0 && this.x(this.#size - 1) === x) {
      if (this.y(this.#size - 1) <= y) return;
      this.#size--;
    }
    while (this.#size > 1 && !this.#turnsLeft(x, y)) this.#size--;
    this.#x[this.#size] = x;
    this.#y[this.#size] = y;
    this.#size++;
  }

  /** The left corner of the edge over `x`; undefined when there is no edge. */
  edgeAt(x: number): number | undefined {
    if (this.#size < 2) return undefined;
    let corner = 0;
    while (corner < this.#size - 2 && this.x(corner + 1) <= x) corner++;
    return corner;
  }

  /** The largest that a line of this slope can be at `at` without passing above any corner. */
  ceiling(slope: number, at: number): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (let corner = 0; corner < this.#size; corner++) {
      const value = this.y(corner) + slope * (at - this.x(corner));
      if (value < lowest) lowest = value;
    }
    return lowest;
  }

  /** Whether the way over the last two corners to the new point turns left, so that the last one stays a corner. */
  #turnsLeft(x: number, y: number): boolean {
    const last = this.#size - 1;
    const x0 = this.x(last - 1);
    const y0 = this.y(last - 1);
    return (this.x(last) - x0) * (y - y0) - (x - x0) * (this.y(last) - y0) > 0;
  }
}
