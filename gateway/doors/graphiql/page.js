// The page around GraphiQL. Runs in the browser as it stands; React, ReactDOM, GraphiQL and graphqlWs are globals
// of the scripts loaded before it.

const { React, ReactDOM, GraphiQL, graphqlWs } = globalThis

const firstQuery = `# Ctrl-Enter runs the query; the book on the left shows what can be asked.
query WhatIsThis {
  __schema {
    queryType {
      fields {
        name
        description
      }
    }
  }
}
`

function sends(params, { headers = {}, documentAST } = {}) {
  const operations = documentAST?.definitions.filter(({ kind }) => kind === 'OperationDefinition') ?? []
  const operation =
    operations.find(({ name }) => name?.value === params.operationName) ??
    (operations.length === 1 ? operations[0] : undefined)
  return operation?.operation === 'subscription' ? subscribes(params, headers) : asks(params, headers)
}

async function asks(params, headers) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json',
      ...headers,
      'content-type': 'application/json',
    },
    body: JSON.stringify(params),
  })
  return response.json()
}

function subscribes(params, headers) {
  const client = graphqlWs.createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    retryAttempts: 0,
  })
  return {
    subscribe: (sink) => {
      const told = (error) =>
        sink.error(typeof error?.reason === 'string' ? new Error(`${error.code} ${error.reason}`) : error)
      const unsubscribe = client.subscribe(params, {
        next: (event) => sink.next(event),
        error: told,
        complete: () => sink.complete(),
      })
      return {
        unsubscribe: () => {
          unsubscribe()
          client.dispose()
        },
      }
    },
  }
}

function headersOf(token) {
  return JSON.stringify({ authorization: `Bearer ${token}` }, null, 2)
}

function fillRoles(roles, chosen, onChoice) {
  const label = document.getElementById('roles')
  const select = document.getElementById('role')
  for (const role of roles) select.append(new Option(role, role, role === chosen, role === chosen))
  select.addEventListener('change', () => onChoice(select.value))
  label.hidden = roles.length === 0
}

async function open() {
  const tokens = await (await fetch('/graphiql/tokens.json')).json()
  const roles = Object.keys(tokens)
  const chosen = roles.includes('clerk') ? 'clerk' : roles[0]
  const root = ReactDOM.createRoot(document.getElementById('graphiql'))
  const show = (role) =>
    root.render(
      React.createElement(GraphiQL, {
        fetcher: sends,
        defaultQuery: firstQuery,
        defaultEditorToolsVisibility: 'headers',
        inputValueDeprecation: true,
        // The second is what a new tab begins with.
        ...(role === undefined ? {} : { headers: headersOf(tokens[role]), defaultHeaders: headersOf(tokens[role]) }),
      }),
    )
  fillRoles(roles, chosen, show)
  show(chosen)
}

open()
