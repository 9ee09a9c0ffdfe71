import type { Zoom } from './useZoom.ts';
import { zoomIn, zoomOut } from './zoom.ts';

/** Next to the graph; the keys + − 0 and the wheel with Ctrl do the same. */
export function ZoomButtons({ zoom }: { readonly zoom: Zoom }) {
  return (
    <div class="segments pipeline-zoom" role="group" aria-label="Zoom">
      <button
        type="button"
        class="button"
        aria-label="Zoom out"
        title="Zoom out (−)"
        onClick={() => zoom.zoom(zoomOut)}
      >
        −
      </button>
      <button
        type="button"
        class="button pipeline-zoom-fit"
        aria-pressed={zoom.isFitted}
        title="Fit the graph into the page (0)"
        onClick={zoom.fit}
      >
        {zoom.isFitted ? 'Fit' : `${Math.round(zoom.scale * 100)} %`}
      </button>
      <button
        type="button"
        class="button"
        aria-label="Zoom in"
        title="Zoom in (+)"
        onClick={() => zoom.zoom(zoomIn)}
      >
        +
      </button>
    </div>
  );
}
