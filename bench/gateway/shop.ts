type Row = Record<string, unknown>

const productCount = 9
const firstNames = ['Ada', 'Bruno', 'Clara', 'Dora', 'Emil', 'Frieda']

const users = firstNames.map((name, index) => ({
  id: String(index + 1),
  name: `${name} ${'Meier Schulze Vogt Weber Kunz Lang'.split(' ')[index]}`,
  username: `@${name.toLowerCase()}`,
  birthday: 19_700_000 + index,
}))

const products = Array.from({ length: productCount }, (_, index) => ({
  upc: String(index + 1),
  name: `${['Table', 'Couch', 'Glass', 'Chair', 'Lamp', 'Shelf', 'Desk', 'Stool', 'Rug'][index]} of the year`,
  price: 199 + index * 137,
  weight: 50 + index * 100,
  inStock: index % 3 !== 0,
}))

/** Every second user has reviewed every product; each review is a few words long. */
const reviews = users.flatMap((user, u) =>
  products
    .filter((_, p) => (u + p) % 2 === 0)
    .map((product, index) => ({
      id: `${user.id}-${index + 1}`,
      body: ['Loved it!', 'Too expensive.', 'Could be better.', 'Prefer something else.'][index % 4],
      authorId: user.id,
      upc: product.upc,
    })),
)

const link = (imports: string) =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: [${imports}])\n`

const byUpc = ({ upc }: Row) => products.find((product) => product.upc === upc)

/** The shop the gateways are measured with: four subgraphs that refer to each other's entities all over. */
export const shop = {
  accounts: {
    typeDefs: `${link('"@key", "@shareable"')}
      type Query { me: User  user(id: ID!): User  users: [User]  crowd(size: Int!): [User] }
      type User @key(fields: "id") { id: ID!  name: String  username: String @shareable  birthday: Int }`,
    resolvers: {
      Query: {
        me: () => users[0],
        user: (_: unknown, { id }: Row) => users.find((user) => user.id === id),
        users: () => users,
        crowd: (_: unknown, { size }: Row) =>
          Array.from({ length: Number(size) }, (_, index) => ({ id: `c${index}`, name: `person ${index}` })),
      },
      User: { __resolveReference: ({ id }: Row) => users.find((user) => user.id === id) },
    },
  },
  inventory: {
    typeDefs: `${link('"@key", "@external", "@requires"')}
      type Product @key(fields: "upc") {
        upc: String!
        weight: Int @external
        price: Int @external
        inStock: Boolean
        shippingEstimate: Int @requires(fields: "price weight")
      }`,
    resolvers: {
      Product: {
        __resolveReference: (reference: Row) => ({ ...reference, inStock: byUpc(reference)?.inStock }),
        shippingEstimate: ({ price, weight }: Row) => (Number(price) > 1_000 ? 0 : Math.round(Number(weight) / 2)),
      },
    },
  },
  products: {
    typeDefs: `${link('"@key"')}
      type Query { topProducts(first: Int = 5): [Product] }
      type Product @key(fields: "upc") { upc: String!  name: String  price: Int  weight: Int }`,
    resolvers: {
      Query: { topProducts: (_: unknown, { first }: Row) => products.slice(0, Number(first)) },
      Product: { __resolveReference: byUpc },
    },
  },
  reviews: {
    typeDefs: `${link('"@key", "@provides", "@external"')}
      type Review @key(fields: "id") { id: ID!  body: String  author: User @provides(fields: "username")  product: Product }
      type User @key(fields: "id") { id: ID!  username: String @external  reviews: [Review]  numberOfReviews: Int! }
      type Product @key(fields: "upc") { upc: String!  reviews: [Review] }`,
    resolvers: {
      Review: {
        __resolveReference: ({ id }: Row) => reviews.find((review) => review.id === id),
        author: ({ authorId }: Row) => users.find((user) => user.id === authorId),
        product: ({ upc }: Row) => ({ upc }),
      },
      User: {
        reviews: ({ id }: Row) => reviews.filter((review) => review.authorId === id),
        numberOfReviews: ({ id }: Row) => reviews.filter((review) => review.authorId === id).length,
      },
      Product: { reviews: ({ upc }: Row) => reviews.filter((review) => review.upc === upc) },
    },
  },
}

/** About 80 KB, over all four subgraphs and several levels. */
export const largeQuery = `
  fragment UserFields on User { id username name }
  fragment ReviewFields on Review { id body }
  fragment ProductFields on Product { inStock name price shippingEstimate upc weight }
  query Large {
    users { ...UserFields reviews { ...ReviewFields product { ...ProductFields reviews { ...ReviewFields author { ...UserFields reviews { ...ReviewFields product { ...ProductFields } } } } } } }
    topProducts { ...ProductFields reviews { ...ReviewFields author { ...UserFields reviews { ...ReviewFields product { ...ProductFields } } } } }
  }`

/** As many entities as `$size`, each completed by a second subgraph. */
export const crowdQuery = 'query Crowd($size: Int!) { crowd(size: $size) { id name numberOfReviews } }'

/** Two fetches, one after the other. */
export const smallQuery = 'query Small { me { id name reviews { id body } } }'
