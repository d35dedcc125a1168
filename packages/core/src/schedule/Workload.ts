/**
 * Which elements a session is about, what they wait for, and which of them go first.
 *
 * Where several elements could start, the one with the longest way from it to the targets goes first. The way is the sum of the durations
 * of the builds on it; without recorded durations every build counts as one, which is the depth that BuildStream sorts by, and the tie-breaks are its own
 * too (first come, first served, in the order in which a walk over run-time and then build dependencies leaves the elements).
 */

/** The dependencies of each element, by index; every element comes after what it depends on. */
export interface Edges {
  readonly size: number;
  readonly build: (element: number) => readonly number[];
  readonly run: (element: number) => readonly number[];
}

export interface Workload {
  readonly size: number;
  readonly build: readonly (readonly number[])[];
  readonly run: readonly (readonly number[])[];
  readonly buildDependants: readonly (readonly number[])[];
  readonly runDependants: readonly (readonly number[])[];
  /** The elements that go through the queues, in the order in which they arrive. */
  readonly members: readonly number[];
  /** For each element its place in the order of preference; lower goes first. */
  readonly rank: readonly number[];
}

function reversed(size: number, edges: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const dependants: number[][] = Array.from({ length: size }, () => []);
  for (let element = 0; element < size; element++) {
    for (const dependency of edges[element]!) dependants[dependency]!.push(element);
  }
  return dependants;
}

function make(edges: Edges, members: readonly number[], rank: readonly number[]): Workload {
  const build = Array.from({ length: edges.size }, (_, element) => edges.build(element));
  const run = Array.from({ length: edges.size }, (_, element) => edges.run(element));
  return {
    size: edges.size,
    build,
    run,
    buildDependants: reversed(edges.size, build),
    runDependants: reversed(edges.size, run),
    members,
    rank,
  };
}

/** Elements in the order given, without preference: fetching, pulling, tracking. */
export function plain(edges: Edges, members: readonly number[]): Workload {
  return make(
    edges,
    members,
    Array.from({ length: edges.size }, () => 0),
  );
}

/** Everything that `roots` reach, in the order in which a depth-first walk leaves the elements: run-time dependencies, build dependencies, itself. */
function walk(edges: Edges, roots: readonly number[]): readonly number[] {
  const left: number[] = [];
  const seen = new Uint8Array(edges.size);
  const stack: { readonly element: number; readonly next: readonly number[]; at: number }[] = [];
  const enter = (element: number) => {
    if (seen[element] === 1) return;
    seen[element] = 1;
    stack.push({ element, next: [...edges.run(element), ...edges.build(element)], at: 0 });
  };
  for (const root of roots) {
    enter(root);
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const next = top.next[top.at++];
      if (next !== undefined) enter(next);
      else {
        left.push(top.element);
        stack.pop();
      }
    }
  }
  return left;
}

/**
 * For each element the length of the longest way from it to a root, in units of `duration`; its own build is not counted, and run-time
 * dependencies are as far as what depends on them. -1 for elements that no root reaches.
 */
function distances(edges: Edges, roots: readonly number[], duration: (element: number) => number): readonly number[] {
  const distance: number[] = Array.from({ length: edges.size }, () => -1);
  for (const root of roots) distance[root] = 0;
  for (let element = edges.size - 1; element >= 0; element--) {
    const own = distance[element]!;
    if (own < 0) continue;
    for (const dependency of edges.run(element)) {
      if (distance[dependency]! < own) distance[dependency] = own;
    }
    const through = own + duration(element);
    for (const dependency of edges.build(element)) {
      if (distance[dependency]! < through) distance[dependency] = through;
    }
  }
  return distance;
}

/** The elements that `roots` reach, those with the longest way to go first. `duration` in any unit, 1 for every element when left out. */
export function planned(
  edges: Edges,
  roots: readonly number[],
  duration: (element: number) => number = () => 1,
): Workload {
  const distance = distances(edges, roots, duration);
  const members = [...walk(edges, roots)].sort((a, b) => distance[b]! - distance[a]!);
  const rank: number[] = Array.from({ length: edges.size }, () => members.length);
  members.forEach((element, index) => {
    rank[element] = index;
  });
  return make(edges, members, rank);
}
