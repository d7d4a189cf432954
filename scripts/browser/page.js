/* SPDX-License-Identifier: MIT
 *
 * What scripts/check-report looks at in one view of a page: a function of {width, height, media, least_text}, lengths in
 * CSS pixels, that returns {check: [what is wrong, ...]} with every check it made, an empty list for a good one.
 *
 * Positions are computed from boxes, not from pixels: that names the texts that collide. What lies over a text and is no
 * text, a line of a chart for example, is not seen.
 */
(view) => {
    const CONTRAST = 4.5, CONTRAST_LARGE = 3; /* WCAG 2.1, success criterion 1.4.3 */
    const CONTRAST_LINE = 2, LINE_WIDTH = [1.5, 5]; /* thinner ones are a grid's, wider ones shade */
    const OVERLAP_SHARE = 0.1; /* of the smaller text */
    const SLACK = 1.5; /* rounding */
    const SAID_MOST = 8; /* a check */
    const checks = {};
    const fail = (check, text) => checks[check].push(text);
    const group = (...names) => names.forEach((name) => { checks[name] ??= []; });
    const all = (selector, root = document) => [...root.querySelectorAll(selector)];
    const cut = (text, most = 40) => text.length > most ? `${text.slice(0, most)}...` : text;
    const words = (node) => cut(node.textContent.replace(/\s+/g, ' ').trim());
    const shown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    const styles = new Map();
    const style = (element) => {
        if (!styles.has(element))
            styles.set(element, getComputedStyle(element));
        return styles.get(element);
    };
    const where = (element) => {
        const figure = element.closest('figure[id]'), section = element.closest('section[id]');
        const part = element.closest('svg') ?? element.closest('table');
        const title = part && words(part.caption ?? part.querySelector('title') ?? part);
        const names = [figure?.id ?? section?.id, title].filter(Boolean).join(': ');
        return names && ` in ${figure ? 'figure' : part?.localName ?? 'section'} '${names}'`;
    };
    const label = (element) => `<${element.localName}${element.id ? ` id=${element.id}` : ''}> '${words(element)}'${where(element)}`;

    /* ---- the document ---- */

    const structure = () => {
        group('language', 'viewport', 'title', 'encoding', 'headings', 'markup');
        if (!document.documentElement.lang)
            fail('language', 'the page does not say its language (<html lang>)');
        if (!/width=device-width/.test(document.querySelector('meta[name=viewport]')?.content ?? ''))
            fail('viewport', 'a phone would show it small: no <meta name=viewport content="width=device-width">');
        if (!document.title.trim())
            fail('title', 'the page has no <title>');
        if (document.characterSet !== 'UTF-8')
            fail('encoding', `the page is read as ${document.characterSet}, not UTF-8 (<meta charset>)`);
        if (document.compatMode !== 'CSS1Compat')
            fail('markup', 'the page has no <!DOCTYPE html>');
        for (const element of all('*'))
            if (element instanceof HTMLUnknownElement)
                fail('markup', `<${element.localName}> is no element of HTML`);
        const levels = all('h1, h2, h3, h4, h5, h6');
        const first = levels.filter((heading) => heading.localName === 'h1').length;
        if (first !== 1)
            fail('headings', `${first} <h1>, not one`);
        let before = 0;
        for (const heading of levels) {
            const level = Number(heading.localName[1]);
            if (level > before + 1)
                fail('headings', `after ${before ? `<h${before}>` : 'nothing'} comes <h${level}> '${words(heading)}'`);
            if (!heading.textContent.trim())
                fail('headings', `an empty <h${level}>`);
            before = level;
        }
    };

    const names = () => {
        group('ids', 'targets');
        const ids = new Set();
        for (const element of all('[id]')) {
            if (ids.has(element.id))
                fail('ids', `two elements have the id '${element.id}'`);
            ids.add(element.id);
        }
        const target = (element, attribute, id) => {
            if (!ids.has(id))
                fail('targets', `${attribute} of ${label(element)} names '${id}', which is not there`);
        };
        for (const element of all('*'))
            for (const { name, value } of element.attributes) {
                if (/^(aria-(labelledby|describedby|controls|owns)|headers|for)$/.test(name))
                    value.split(/\s+/).filter(Boolean).forEach((id) => target(element, name, id));
                else if (/^(xlink:)?href$/.test(name) && /^#./.test(value))
                    target(element, name, decodeURIComponent(value.slice(1)));
                else
                    for (const [, id] of value.matchAll(/\burl\(\s*["']?#([^"')]+)/g))
                        target(element, name, id);
            }
    };

    const inner = (address) => /^\s*(#|data:|$)/i.test(address);
    const contained = () => {
        group('scripts', 'external');
        for (const element of all('script'))
            fail('scripts', `a script: ${words(element) || element.outerHTML}`);
        for (const element of all('iframe, frame, object, embed, applet, base, meta[http-equiv=refresh]'))
            fail('external', `<${element.localName}> has no place here`);
        for (const element of all('*'))
            for (const { name, value } of element.attributes) {
                if (/^on/i.test(name))
                    fail('scripts', `${name}="${cut(value)}" of <${element.localName}>`);
                if (/^\s*(javascript|vbscript):/i.test(value))
                    fail('scripts', `${name}="${cut(value)}" of <${element.localName}>`);
                const loads = /^(src|srcset|poster|background|data|ping|action|formaction|manifest)$/i.test(name) ||
                    (/^(xlink:)?href$/i.test(name) && element.localName !== 'a');
                const css = /^(style|fill|stroke|filter|mask|clip-path|cursor|marker.*)$/i.test(name);
                if ((loads && !inner(value)) || (css && foreign(value)))
                    fail('external', `${name}="${cut(value)}" of <${element.localName}>`);
            }
        for (const element of all('style'))
            if (foreign(element.textContent))
                fail('external', `<style> has ${foreign(element.textContent)}`);
    };
    const foreign = (css) => css.match(/@import\b.{0,40}/i)?.[0] ??
        [...css.matchAll(/\b(?:url|src|image)\(\s*["']?([^"')]*)["']?\s*\)/gi)].find(([, address]) => !inner(address))?.[0];

    const tables = () => {
        group('tables');
        for (const table of all('table')) {
            if (!(table.caption ? words(table.caption) : (table.ariaLabel ?? table.getAttribute('aria-labelledby'))))
                fail('tables', `the table '${words(table)}' has neither <caption> nor aria-label`);
            const heads = all('th', table);
            if (!heads.length)
                fail('tables', `the table '${words(table)}' has no <th>`);
            for (const head of heads)
                if (!head.scope)
                    fail('tables', `<th> '${words(head)}' has no scope`);
        }
    };

    const charts = () => {
        group('charts', 'data');
        for (const svg of all('svg').filter((one) => !one.parentElement.closest('svg'))) {
            if (svg.getAttribute('role') !== 'img') {
                if (svg.getAttribute('aria-hidden') !== 'true')
                    fail('charts', `an <svg> is neither role=img nor aria-hidden=true${where(svg)}`);
                continue;
            }
            const [title, desc] = svg.children;
            if (title?.localName !== 'title' || !title.textContent.trim() || /^gnuplot$/i.test(title.textContent.trim()))
                fail('charts', `an <svg role=img> does not begin with a <title> that says what it is${where(svg)}`);
            else if (desc?.localName !== 'desc' || !desc.textContent.trim() || /produced by gnuplot/i.test(desc.textContent))
                fail('charts', `an <svg role=img> has no <desc> after its <title> that says what it shows${where(svg)}`);
            const box = svg.getBoundingClientRect();
            if (shown(svg) && (box.width < 20 || box.height < 20))
                fail('charts', `an <svg> of ${Math.round(box.width)} x ${Math.round(box.height)} pixels${where(svg)}`);
            if (shown(svg) && !all('path, line, polyline, polygon, rect, circle, text', svg).some((mark) => !mark.closest('defs')))
                fail('charts', `an <svg> shows nothing${where(svg)}`);
            const holder = svg.closest('figure') ?? svg.closest('section');
            if (![svg.closest('figure'), svg.closest('section')].some((part) => part && all('table', part).some((table) =>
                svg.compareDocumentPosition(table) & Node.DOCUMENT_POSITION_FOLLOWING)))
                fail('data', `no table with the numbers follows the chart in its <figure> or <section>${where(svg)}`);
            /* Of a wide and a narrow form of one chart only one is shown. */
            if (holder && !all('svg[role=img]', holder).some(shown))
                fail('charts', `a chart is not shown${where(svg)}`);
        }
    };

    /* ---- where things are ---- */

    const everywhere = { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity };
    const meet = (a, b) => ({
        left: Math.max(a.left, b.left), top: Math.max(a.top, b.top),
        right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom),
    });
    const empty = (box) => !(box.right - box.left > 1 && box.bottom - box.top > 1);
    const clips = new Map();
    /* What is seen of an element's content: within all that clip or scroll. The body's overflow is the page's. */
    const window_of = (element) => {
        if (!element || element === document.body || element === document.documentElement)
            return everywhere;
        if (!clips.has(element)) {
            const outside = window_of(element.parentElement);
            const clipped = style(element).overflowX !== 'visible' || style(element).overflowY !== 'visible';
            const hidden = /inset\(50%|rect\(0/.test(style(element).clipPath + style(element).clip);
            clips.set(element, hidden ? { left: 0, top: 0, right: 0, bottom: 0 } :
                clipped && element.localName !== 'svg' ? meet(outside, element.getBoundingClientRect()) : outside);
        }
        return clips.get(element);
    };

    const places = () => {
        group('page width', 'places', 'cut');
        const page = document.scrollingElement.scrollWidth;
        if (page > view.width + SLACK)
            fail('page width', `the page is ${page} pixels wide, not ${view.width}: it scrolls sideways`);
        const reported = new Set();
        for (const element of all('body *')) {
            if ((element instanceof SVGElement && element.ownerSVGElement) || !shown(element))
                continue;
            const bounds = element.getBoundingClientRect(), box = meet(bounds, window_of(element.parentElement));
            if (bounds.width <= 1 || bounds.height <= 1 || empty(box))
                continue;
            if (box.right > view.width + SLACK || box.left < -SLACK) {
                reported.add(element);
                if (!reported.has(element.parentElement))
                    fail('places', `${label(element)} reaches from ${Math.round(box.left)} to ${Math.round(box.right)} of ${view.width} pixels`);
            }
            if (view.media === 'print' && element.localName === 'svg' && bounds.height > view.height)
                fail('cut', `a chart is ${Math.round(bounds.height)} pixels high, more than a page${where(element)}`);
            if (element instanceof SVGElement || element.clientWidth <= 1)
                continue;
            const { overflowX, overflowY } = style(element), paper = view.media === 'print' ? /hidden|clip|auto|scroll/ : /hidden|clip/;
            const over_x = element.scrollWidth - element.clientWidth, over_y = element.scrollHeight - element.clientHeight;
            if (paper.test(overflowX) && over_x > SLACK && !empty(window_of(element)))
                fail('cut', `${label(element)} is cut: ${over_x} pixels at the right are not seen`);
            if (paper.test(overflowY) && over_y > SLACK + 1 && !empty(window_of(element)))
                fail('cut', `${label(element)} is cut: ${over_y} pixels below are not seen`);
        }
    };

    /* Every text with its corners, clockwise, as high as small letters with their strokes: lines set close do not touch. */
    const corners = (left, top, right, bottom) => {
        const trim = (bottom - top) * 0.2;
        return [[left, top + trim], [right, top + trim], [right, bottom - trim], [left, bottom - trim]];
    };
    const gather = () => {
        const texts = [];
        const add = (element, text, points, scale, svg) => {
            const xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
            const box = { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
            const seen = meet(box, window_of(svg ? svg.parentElement : element));
            if (!empty(seen))
                texts.push({ element, text, points, box, seen, svg, size: parseFloat(style(element).fontSize) * scale });
        };
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const element = node.parentElement;
            if (!/\S/.test(node.data) || element.closest('svg, script, style, template, noscript') || !shown(element))
                continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            for (const box of range.getClientRects())
                if (box.width > 1)
                    add(element, node, corners(box.left, box.top, box.right, box.bottom), 1, null);
        }
        for (const text of all('svg text')) {
            const frame = text.closest('svg').getBoundingClientRect();
            if (!text.textContent.trim() || text.closest('defs') || !shown(text) || empty(frame))
                continue;
            const box = text.getBBox(), matrix = text.getScreenCTM();
            if (!box.width || !matrix)
                continue;
            const points = corners(box.x, box.y, box.x + box.width, box.y + box.height).map(([x, y]) =>
                [matrix.a * x + matrix.c * y + matrix.e, matrix.b * x + matrix.d * y + matrix.f]);
            const scale = Math.sqrt(Math.abs(matrix.a * matrix.d - matrix.b * matrix.c));
            add(text.querySelector('tspan') ?? text, text, points, scale, text.closest('svg'));
        }
        return texts;
    };

    /* Sutherland and Hodgman: what two convex polygons have in common. */
    const shared_area = (one, other) => {
        let points = one;
        const side = ([ax, ay], [bx, by], [x, y]) => (bx - ax) * (y - ay) - (by - ay) * (x - ax);
        const turn = Math.sign(side(other[0], other[1], other[2])) || 1;
        for (let i = 0; i < other.length && points.length; i++) {
            const a = other[i], b = other[(i + 1) % other.length], kept = [];
            points.forEach((p, j) => {
                const q = points[(j + 1) % points.length], dp = turn * side(a, b, p), dq = turn * side(a, b, q);
                if (dp >= 0)
                    kept.push(p);
                if ((dp > 0 && dq < 0) || (dp < 0 && dq > 0))
                    kept.push([p[0] + (q[0] - p[0]) * dp / (dp - dq), p[1] + (q[1] - p[1]) * dp / (dp - dq)]);
            });
            points = kept;
        }
        return area(points);
    };
    const area = (points) => Math.abs(points.reduce((sum, [x, y], i) => {
        const [next_x, next_y] = points[(i + 1) % points.length];
        return sum + x * next_y - next_x * y;
    }, 0)) / 2;

    const overlaps = (texts) => {
        group('overlap', 'text place', 'text size');
        let active = [];
        for (const text of [...texts].sort((a, b) => a.seen.top - b.seen.top)) {
            active = active.filter((other) => other.seen.bottom > text.seen.top);
            for (const other of active) {
                if (other.text === text.text || empty(meet(text.seen, other.seen)))
                    continue;
                const share = shared_area(text.points, other.points) / Math.min(area(text.points), area(other.points));
                if (share > OVERLAP_SHARE)
                    fail('overlap', `text '${words(other.text)}' overlaps '${words(text.text)}' by ${Math.round(share * 100)} %${where(text.element)}`);
            }
            active.push(text);
        }
        for (const { text, element, box, seen, svg, size } of texts) {
            if (!svg && (seen.right > view.width + SLACK || seen.left < -SLACK))
                fail('places', `text '${words(text)}' reaches from ${Math.round(seen.left)} to ${Math.round(seen.right)} of ${view.width} pixels${where(element)}`);
            if (size < view.least_text)
                fail('text size', `text '${words(text)}' is ${size.toFixed(1)} pixels high, less than ${view.least_text}${where(element)}`);
            const frame = svg?.getBoundingClientRect();
            if (svg && (box.left < frame.left - SLACK || box.right > frame.right + SLACK || box.top < frame.top - SLACK ||
                box.bottom > frame.bottom + SLACK))
                fail('text place', `text '${words(text)}' reaches out of its chart${where(element)}`);
        }
    };

    /* ---- colours ---- */

    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const colours = new Map();
    const colour = (text) => {
        if (!colours.has(text)) {
            canvas.clearRect(0, 0, 1, 1);
            canvas.fillStyle = text;
            canvas.fillRect(0, 0, 1, 1);
            const [r, g, b, alpha] = canvas.getImageData(0, 0, 1, 1).data;
            colours.set(text, [r, g, b, alpha / 255]);
        }
        return colours.get(text);
    };
    const over = (below, [r, g, b, alpha], share = 1) => below.map((c, i) => c + ([r, g, b][i] - c) * alpha * share);
    const luminance = (rgb) => rgb.map((c) => c / 255)
        .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const ratio = (a, b) => {
        const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
        return (light + 0.05) / (dark + 0.05);
    };
    const opacity = (element) => {
        let share = 1;
        for (let one = element; one; one = one.parentElement)
            share *= Number(style(one).opacity);
        return share;
    };
    const backgrounds = new Map();
    const background = (element) => {
        if (!backgrounds.has(element))
            backgrounds.set(element, over(element.parentElement ? background(element.parentElement) : canvas_colour(),
                colour(style(element).backgroundColor)));
        return backgrounds.get(element);
    };
    const canvas_colour = () => {
        const probe = document.createElement('i');
        probe.style.color = 'Canvas';
        document.documentElement.append(probe);
        const [r, g, b] = colour(getComputedStyle(probe).color);
        probe.remove();
        return [r, g, b];
    };
    const painted = new Map(); /* of a chart: its filled shapes with their boxes */
    const shapes = (svg) => {
        if (!painted.has(svg))
            painted.set(svg, all('rect, path, polygon, circle, ellipse', svg)
                .filter((shape) => !shape.closest('defs, clipPath, mask, pattern') && shown(shape) && /^(rgb|color|hsl|okl)/.test(style(shape).fill))
                .map((shape) => ({ shape, box: shape.getBoundingClientRect() })));
        return painted.get(svg);
    };
    const behind = ({ svg, text, box }) => {
        let below = background(svg);
        const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
        for (const { shape, box: bounds } of shapes(svg)) {
            if (bounds.left > x || bounds.right < x || bounds.top > y || bounds.bottom < y ||
                !(shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING))
                continue;
            if (shape.isPointInFill(new DOMPoint(x, y).matrixTransform(shape.getScreenCTM().inverse())))
                below = over(below, colour(style(shape).fill), Number(style(shape).fillOpacity) * opacity(shape));
        }
        return below;
    };
    const contrasts = (texts) => {
        group('contrast');
        const said = new Set();
        for (const one of texts) {
            const { element, text, size, svg } = one, own = style(element);
            const below = svg ? behind(one) : background(element), paint = svg ? own.fill : own.color;
            if (svg && !/^(rgb|color|hsl|okl)/.test(paint))
                continue;
            const front = over(below, colour(paint), opacity(element) * (svg ? Number(own.fillOpacity) : 1));
            const large = size >= 24 || (size >= 18.66 && Number(own.fontWeight) >= 700);
            const found = ratio(front, below), what = `${front.map(Math.round)} on ${below.map(Math.round)}`;
            if (found >= (large ? CONTRAST_LARGE : CONTRAST) || said.has(what))
                continue;
            said.add(what);
            fail('contrast', `text '${words(text)}' has a contrast of ${found.toFixed(2)} only (rgb ${what})${where(element)}`);
        }
    };

    const lines = () => {
        group('lines');
        for (const svg of all('svg[role=img]').filter(shown)) {
            const said = new Set();
            for (const line of all('path, line, polyline', svg)) {
                const own = style(line);
                const width = parseFloat(own.strokeWidth);
                if (own.fill !== 'none' || said.has(own.stroke) || !/^(rgb|color|hsl|okl)/.test(own.stroke) ||
                    width < LINE_WIDTH[0] || width > LINE_WIDTH[1] || line.closest('defs') || !shown(line))
                    continue;
                said.add(own.stroke);
                const found = ratio(over(background(svg), colour(own.stroke)), background(svg));
                if (found < CONTRAST_LINE)
                    fail('lines', `lines of ${own.stroke} have a contrast of ${found.toFixed(2)} only${where(svg)}`);
            }
        }
    };

    places();
    /* What is folded is looked at, too; but as it is loaded the page must fit as well. */
    for (const details of all('details'))
        details.open = true;
    clips.clear();
    structure();
    names();
    contained();
    tables();
    charts();
    places();
    const texts = gather();
    group('text');
    if (!texts.length)
        fail('text', 'the page shows no text');
    overlaps(texts);
    contrasts(texts);
    lines();
    for (const [name, said] of Object.entries(checks)) {
        const once = [...new Set(said)];
        checks[name] = once.slice(0, SAID_MOST);
        if (once.length > SAID_MOST)
            checks[name].push(`${once.length - SAID_MOST} more like that`);
    }
    return checks;
}
