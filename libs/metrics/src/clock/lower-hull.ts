/** The lower convex hull of points in order of x. Throws nothing. */
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

  /**
   * Takes in the points (xs[i], ys[i] + above), for i in `order` up to `count`, or else from `from` on; their x must not fall.
   * What it held before is forgotten. One loop over columns: nothing is allocated for a point.
   */
  raise(xs: Float64Array, ys: Float64Array, above: number, from: number, count: number, order?: Int32Array): void {
    const hullX = this.#x;
    const hullY = this.#y;
    let size = 0;
    for (let place = 0; place < count; place++) {
      const i = order === undefined ? from + place : (order[place] as number);
      const x = xs[i] as number;
      const y = (ys[i] as number) + above;
      if (size > 0 && (hullX[size - 1] as number) === x) {
        if ((hullY[size - 1] as number) <= y) continue;
        size--;
      }
      // The last corner stays one if the way over it to the new point turns left.
      while (size > 1) {
        const x0 = hullX[size - 2] as number;
        const y0 = hullY[size - 2] as number;
        if (((hullX[size - 1] as number) - x0) * (y - y0) > (x - x0) * ((hullY[size - 1] as number) - y0)) break;
        size--;
      }
      hullX[size] = x;
      hullY[size] = y;
      size++;
    }
    this.#size = size;
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
}
