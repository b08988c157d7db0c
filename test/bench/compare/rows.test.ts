import { describe, expect, it } from 'vitest';
import {
  chosenRows,
  gflopOfProduct,
  POLICY_ROWS,
  PRODUCTS,
  ROWS,
} from '../../../src/main/bench/compare/rows';

describe('rows of the comparison', () => {
  it('are all of them, or those that are named in the order of the table', () => {
    expect(chosenRows(undefined)).toEqual(ROWS);
    expect(chosenRows(['mppi-150', 'train-200']).map(({ id }) => id)).toEqual(['train-200', 'mppi-150']);
  });

  it('are said where one is asked for that there is not', () => {
    expect(() => chosenRows(['train-200', 'mppi'])).toThrow('There is no row "mppi".');
  });

  it('have the bars that were set for them', () => {
    expect(Object.fromEntries(ROWS.map(({ id, bar }) => [id, bar]))).toEqual({
      ...{ 'train-200': 0.85, 'train-128': 0.85, 'rollouts-200': 0.85, 'rollouts-128': 0.8 },
      ...{ paper: 0.7, 'mppi-400': 0.8, 'mppi-150': 0.8 },
    });
  });

  it('of policies are others, with bars of their own', () => {
    expect(chosenRows(['mbpo'], POLICY_ROWS).map(({ bar }) => bar)).toEqual([0.67]);
    expect(chosenRows(['sac'], POLICY_ROWS).map(({ bar }) => bar)).toEqual([0.5]);
    expect(() => chosenRows(['train-200'], POLICY_ROWS)).toThrow(
      expect.objectContaining({ next: 'Choose among sac, rollouts-400, rollouts-4000, mbpo.' }),
    );
  });

  it('count a multiply-add of a product as two operations', () => {
    const square = PRODUCTS.find(({ id }) => id === 'product-1-2048-2048');
    expect(square && gflopOfProduct(square)).toBeCloseTo(17.18, 2);
  });
});
