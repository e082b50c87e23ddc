// Medians over the rounds of a run, and the quotients that are claimed. A round: {measure: {column: {figure: number}}}.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function medianFigures(rounds) {
  const result = {};
  for (const name of Object.keys(rounds[0])) {
    result[name] = {};
    for (const column of Object.keys(rounds[0][name])) {
      const figures = Object.keys(rounds[0][name][column]);
      result[name][column] = Object.fromEntries(figures.map((figure) => [figure, median(rounds.map((round) => round[name][column][figure]))]));
    }
  }
  return result;
}

/** Each ratio is taken within a round, as the machine is not equally fast all the time; then the median of the rounds. */
export function compare(rounds, ratios) {
  const value = (round, [measure, column, figure = 'perSecond']) => round[measure][column]?.[figure];
  return ratios.flatMap(({ of, to, ...ratio }) => {
    const perRound = rounds.map((round) => value(round, of) / value(round, to));
    if (perRound.some(Number.isNaN)) return [];
    return [{ ...ratio, median: median(perRound), least: Math.min(...perRound), most: Math.max(...perRound) }];
  });
}
