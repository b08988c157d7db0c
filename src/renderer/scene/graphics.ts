let software: boolean | undefined;

/**
 * Whether WebGL is drawn by the processor here, as on machines without a usable graphics card. There the view goes
 * without smoothed edges and extra pixels: four times fewer samples, and the processor is needed for planning.
 */
export function drawnBySoftware(): boolean {
  software ??= ask();
  return software;
}

function ask(): boolean {
  const context = document.createElement('canvas').getContext('webgl2');
  if (!context) return true;
  const names = context.getExtension('WEBGL_debug_renderer_info');
  const renderer: unknown = context.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : context.RENDERER);
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return isSoftwareRenderer(String(renderer));
}

/** Renderer names of SwiftShader, Mesa's software drivers and Windows' fallback. */
export function isSoftwareRenderer(name: string): boolean {
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(name);
}
