// Makes the tables of package charset from what the converters of ICU decode:
//
//	node --expose-internals --no-warnings make.cjs >../../tables.bin
//
// A node with full ICU has a converter for each of the Encoding Standard's sets,
// but TextDecoder does not always take the one that the Standard means: its
// big5 lacks Hong Kong's characters, and its euc-kr half of the Korean syllables.
// So the converters are asked for by their own names.
"use strict";
const { deflateRawSync } = require("node:zlib");
const icu = require("internal/test/binding").internalBinding("icu");

function decode(converter, bytes) {
  const text = icu.decode(icu.getConverter(converter, 0), Uint8Array.from(bytes), 1, converter);
  if (typeof text !== "string" || text.includes("\uFFFD")) return 0;
  const characters = [...text];
  return characters.length === 1 ? characters[0].codePointAt(0) : 0;
}

// Characters for private use, which some converters give where the Standard has
// none.
const isPrivate = (c) => c >= 0xe000 && c <= 0xf8ff;
const isPublic = (c) => (isPrivate(c) ? 0 : c);

// grid is an index whose pointers go through pairs of bytes, row by row.
function grid(rows, cells, read) {
  const index = [];
  for (const row of rows) for (const cell of cells) index.push(read(row, cell));
  while (index.at(-1) === 0) index.pop();
  return index;
}

function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

// What Hong Kong added in 2008, and characters that have two places in Big5, of
// which ICU knows only the other: from which bytes on there are which.
const later = `
  87a4 龗 87ac 龖 8840 ㇀㇁㇂㇃㇄ 8846 ㇅ 8849 ㇆㇇ 884d ㇈ 884f ㇉㇊㇋㇌ 8854 ㇍㇎ 88a9 ⏚⏛ 8c43 龦 8c6d 龧
  8c74 龨 8cb7 龩 8cb9 龪 8cbb 龫 8cc0 龬 8cd7 龭龮 8cda 龯 8ced 龲 8d48 龳 8e69 箸 8e6f 簆 8e7e 糎
  8eab 緒 8eb4 縝 8ecd 者 8ed0 耨 8f57 菁 8f69 蒨 8f6e 萏 8fcb 覦覩 8ffe 起 906d 都 907a 銹 90dc 靜
  90f1 響 91bf 鼖 9244 蔃 92af 兙兛兝兞 92c8 鍮 92d1 瑹 9447 浧 94ca 禛 95d9 邗 9644 靝 96ed 瀞 96fc 嬨
  9b76 爁 9b78 矗 9b7b 纇 9bc6 駖 9bde 釔 9bec 惞 9bf6 澶 9c42 輶 9c53 侻 9c62 營 9c68 鄄 9c6b 鷰
  9c77 菏 9cbc 尐秣 9cd0 婧 9d57 輋 9d5a 筑 9dc4 拐 9ea9 恢 9eef 痹 9efd 汊 9f60 鬮 9f66 鼗 9fcb 僭
  9fd8 弌 a063 蠏 a077 拎 a0d5 瑨 a0df 煢 a0e4 牐 a3c0 ␀␁␂␃␄␅␆␇␈␉␊␋␌␍␎␏␐␑␒␓␔␕␖␗␘␙␚␛␜␝␞␟␡ c6cf 廴
  c6d3 无 c6d5 癶 c6d7 隶 c6de 〃仝 c879 ㇏ c8a1 龰 c8a3 龱 fa5f 倩 fa66 偽 fabd 包 fac5 卄 fad5 卿
  fb48 嘅 fbb8 婷 fbf3 幵 fbf9 廐 fc4f 彘 fc6c 悤 fcb9 撐 fce2 晴 fcf1 杞 fdb7 沜渝 fdbb 港 fdf1 煮
  fe52 猪 fe6f 瑜 feaa 瓩 fedd 砉`;

function addLater(index) {
  const words = later.trim().split(/\s+/);
  for (let i = 0; i < words.length; i += 2) {
    const [row, cell] = Buffer.from(words[i], "hex");
    const pointer = (row - 0x81) * 157 + cell - (cell < 0x7f ? 0x40 : 0x62);
    [...words[i + 1]].forEach((c, n) => (index[pointer + n] = c.codePointAt(0)));
  }
  return index;
}

const euc = range(0xa1, 0xfe);
const sjisRows = [...range(0x81, 0x9f), ...range(0xe0, 0xfc)];
const sjisCells = [...range(0x40, 0x7e), ...range(0x80, 0xfc)];

const indexes = [
  // Shift_JIS reaches all of JIS X 0208 and what was added to it.
  grid(sjisRows, sjisCells, (row, cell) => isPublic(decode("shift_jis", [row, cell]))),
  // Rows 0x80 and up are IBM's own, which have a place in JIS X 0208 already.
  grid(euc, euc, (row, cell) => (row === 0xf3 || row === 0xf4 ? 0 : isPublic(decode("euc-jp", [0x8f, row, cell])))),
  grid(range(0x81, 0xfe), range(0x41, 0xfe), (row, cell) => isPublic(decode("windows-949-2000", [row, cell]))),
  addLater(grid(range(0x81, 0xfe), [...range(0x40, 0x7e), ...range(0xa1, 0xfe)], (row, cell) => isPublic(decode("Big5-HKSCS", [row, cell])))),
  grid(range(0x81, 0xfe), [...range(0x40, 0x7e), ...range(0x80, 0xfe)], (row, cell) => decode("gb18030", [row, cell])),
  // The four bytes of what else is in the first plane: 0x81308130 and on.
  range(0, 39419).map((p) =>
    decode("gb18030", [0x81 + Math.floor(p / 12600), 0x30 + (Math.floor(p / 1260) % 10), 0x81 + (Math.floor(p / 10) % 126), 0x30 + (p % 10)])),
];

function uvarint(n) {
  const bytes = [];
  for (; n >= 0x80; n = Math.floor(n / 128)) bytes.push((n % 128) | 0x80);
  return [...bytes, n];
}

const zigzag = (n) => (n < 0 ? -2 * n - 1 : 2 * n);

function pack(index) {
  const bytes = uvarint(index.length);
  let expected = 0;
  for (const c of index) {
    bytes.push(...uvarint(c === 0 ? 0 : 1 + zigzag(c - expected)));
    if (c !== 0) expected = c + 1;
  }
  const deflated = deflateRawSync(Uint8Array.from(bytes), { level: 9, memLevel: 9 });
  return Buffer.concat([Uint8Array.from(uvarint(deflated.length)), deflated]);
}

process.stdout.write(Buffer.concat(indexes.map(pack)));
