import { federateFolder } from '../federation.ts'

type Row = Record<string, unknown>

const authors = ['1', '2', '3'].map((id) => ({
  id,
  name: `author ${id}`,
  email: id === '2' ? null : `${id}@library.test`,
}))
const books = Array.from({ length: 6 }, (_, index) => ({
  __typename: index % 3 === 2 ? 'Journal' : 'Novel',
  id: `b${index}`,
  title: index === 4 ? null : `title ${index}`,
  pages: 100 + index,
  issue: index,
  weight: index * 3,
}))

const workOf = ({ id }: Row) => books.find((book) => book.id === id)
const outOfReach = (id: unknown): never => {
  throw new Error(`out of reach: ${id}`)
}

/** A federation with most of what a supergraph may hold: what random queries are asked of. */
export const federateLibrary = () =>
  federateFolder(import.meta.dirname, {
    works: {
      Query: {
        works: (_: unknown, { first }: Row) => books.slice(0, Number(first ?? 4)),
        // The same few again and again: answers that repeat themselves are read another way.
        lent: () => Array.from({ length: 60 }, (_, index) => books[index % 4]),
        work: (_: unknown, { n }: Row) => books[Number(n)],
        novels: () => books.filter((book) => book.__typename === 'Novel'),
        shelves: () => [[books[0], null, books[2]], [], [books[0]]],
        findAny: (_: unknown, { n }: Row) =>
          Number(n) % 2 ? books[Number(n)] : { __typename: 'Author', id: String(n) },
      },
      Work: { __resolveReference: workOf },
      Novel: { __resolveReference: workOf, author: authorOf },
      Journal: { __resolveReference: workOf, author: authorOf },
      Author: {
        __resolveReference: ({ id }: Row) => ({ id }),
        works: ({ id }: Row, { kind }: Row) =>
          books.filter(
            (book, index) => String((index % 3) + 1) === id && (!kind || book.__typename.toUpperCase() === kind),
          ),
      },
    },
    people: {
      Query: {
        authors: () => authors,
        readers: () => Array.from({ length: 50 }, (_, index) => authors[index % 3]),
        author: (_: unknown, { n }: Row) => authors[Number(n)],
      },
      Author: {
        __resolveReference: ({ id, name }: Row) => authors.find((author) => author.id === id || author.name === name),
        friend: ({ id }: Row) => authors[Number(id) % 3],
      },
    },
    ratings: {
      Query: { bestRated: () => ({ id: 'b1' }), rating: (_: unknown, { n }: Row) => rating(Number(n)) },
      Work: {
        __resolveReference: ({ id }: Row) => ({ id }),
        stars: ({ id }: Row) => (id === 'b3' ? outOfReach(id) : String(id).length),
        ratings: ({ id }: Row) => [rating(Number(String(id).slice(1))), rating(2)],
      },
      Rating: {
        __resolveReference: ({ id }: Row) => rating(Number(id)),
        about: ({ id }: Row) => ({ id: `b${Number(id) + 2}` }),
        strict: ({ id }: Row) => (id === '4' ? outOfReach('rating 4') : authors[0]),
      },
      Author: { rank: ({ id }: Row) => (id === '3' ? outOfReach('rank 3') : Number(id)) },
    },
    post: {
      Novel: { postage: ({ weight }: Row) => Number(weight) * 2 },
      Journal: { postage: ({ weight, id }: Row) => (id === 'b5' ? outOfReach('b5') : Number(weight)) },
      Author: { greeting: ({ name }: Row) => `dear ${name}` },
    },
  })

function authorOf({ id }: Row): Row | null {
  const index = books.findIndex((book) => book.id === id)
  return index === 1 ? null : { id: String((index % 3) + 1) }
}

function rating(n: number): Row {
  const author = authors[n % 3]
  return { id: String(n), stars: n, by: author }
}
