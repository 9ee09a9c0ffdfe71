import { moveBlock, type Block, type Cell } from './block.ts';
import { sizeOf, type Metrics } from './metrics.ts';

/**
 * Puts blocks next to and below each other, the largest first, and then the single cards in a grid.
 * All blocks share the columns, so that the space between two columns stays free of cards.
 */
export function packBlocks(
  blocks: readonly Block[],
  single: readonly string[],
  metrics: Metrics,
): Block {
  const shelves = new Shelves(columnsFor(blocks, single.length, metrics), metrics);
  for (const block of blocks.toSorted((a, b) => b.cells.size - a.cells.size)) shelves.add(block);
  if (single.length > 0) shelves.add(createGrid(single, shelves.columns, metrics));
  return shelves.toBlock();
}

/** Rows of blocks. */
class Shelves {
  readonly columns: number;
  readonly #gapAcross: number;
  readonly #placed: Block[] = [];
  #column = 0;
  #across = 0;
  #shelfAcross = 0;

  constructor(columns: number, { gapAcross }: Metrics) {
    this.columns = columns;
    this.#gapAcross = gapAcross;
  }

  add(block: Block): void {
    if (this.#column > 0 && this.#column + block.columns > this.columns) this.#startShelf();
    this.#placed.push(moveBlock(block, this.#column, this.#across));
    this.#column += block.columns;
    this.#shelfAcross = Math.max(this.#shelfAcross, block.across);
  }

  toBlock(): Block {
    const cells = new Map(this.#placed.flatMap((block) => [...block.cells]));
    return {
      columns: Math.max(0, ...[...cells.values()].map(({ column }) => column + 1)),
      across: this.#across + this.#shelfAcross,
      cells,
      passages: new Map(this.#placed.flatMap((block) => [...block.passages])),
    };
  }

  #startShelf(): void {
    this.#across += this.#shelfAcross + BLOCK_GAPS * this.#gapAcross;
    this.#column = 0;
    this.#shelfAcross = 0;
  }
}

/** Between two blocks, in gaps between two cards. */
const BLOCK_GAPS = 2;

/** The preferred quotient of the extents along and across the flow: that of the screen. */
const PROPORTION = { right: 1.7, down: 2 } as const;

function columnsFor(blocks: readonly Block[], singleCount: number, metrics: Metrics): number {
  const columnAlong = metrics.columnAlong + metrics.gapAlong;
  const rowAcross = sizeOf('actor', metrics).across + metrics.gapAcross;
  const blockArea = ({ columns, across }: Block): number => columns * columnAlong * across;
  const area = blocks.reduce(
    (sum, block) => sum + blockArea(block),
    singleCount * columnAlong * rowAcross,
  );
  const preferred = Math.ceil(Math.sqrt(area * PROPORTION[metrics.direction]) / columnAlong);
  return Math.max(1, preferred, ...blocks.map(({ columns }) => columns));
}

function createGrid(names: readonly string[], columns: number, metrics: Metrics): Block {
  const { across } = sizeOf('actor', metrics);
  const pitch = across + metrics.gapAcross;
  const cell = (index: number): Cell => ({
    column: index % columns,
    across: Math.floor(index / columns) * pitch + across / 2,
  });
  return {
    columns: Math.min(columns, names.length),
    across: Math.ceil(names.length / columns) * pitch - metrics.gapAcross,
    cells: new Map(names.map((name, index) => [name, cell(index)])),
    passages: new Map(),
  };
}
