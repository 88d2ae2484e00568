import { z } from 'zod'
import {
  catalogMcp,
  catalogSkill,
  catalogTool,
  connectorSchemas,
  managedSkill,
  managedSkillDetail,
  mcpListing,
  pageOf,
  ROUTE,
  searchAnswer,
} from '../../index.js'
import {
  catalogMcpQuery,
  catalogToolsQuery,
  connectorsQuery,
  mcpListQuery,
  pageQuery,
  searchQuery,
  skillDownloadQuery,
} from '../../requests/index.js'
import type { OperationGroup } from '../operation.js'

export const connectorOperations: OperationGroup = {
  name: 'Connectors',
  description: 'What there is to link, and the parameters of its actions.',
  operations: [
    {
      id: 'listConnectorNames',
      method: 'get',
      path: ROUTE.connectorNames,
      summary: 'Names the connectors; a bare array',
      access: 'public',
      answer: { bare: z.array(z.string()) },
    },
    {
      id: 'listConnectors',
      method: 'get',
      path: ROUTE.connectors,
      alias: '/connectors',
      summary: 'Describes connectors and their actions; a bare object',
      access: 'public',
      query: connectorsQuery,
      answer: { bare: connectorSchemas },
    },
  ],
}

export const catalogueOperations: OperationGroup = {
  name: 'Catalogue',
  description: 'Actions as tools, connectors as MCP servers, and the search over both.',
  operations: [
    {
      id: 'listCatalogTools',
      method: 'get',
      path: ROUTE.catalogTools,
      summary: 'Lists actions as tools',
      access: 'public',
      query: catalogToolsQuery,
      answer: { bare: pageOf(catalogTool) },
    },
    {
      id: 'listCatalogMcp',
      method: 'get',
      path: ROUTE.catalogMcp,
      summary: 'Lists connectors as MCP servers',
      access: 'public',
      query: catalogMcpQuery,
      answer: { bare: pageOf(catalogMcp) },
    },
    {
      id: 'listCatalogSkills',
      method: 'get',
      path: ROUTE.catalogSkills,
      summary: 'Always empty here',
      access: 'public',
      query: pageQuery,
      answer: { bare: pageOf(catalogSkill) },
    },
    {
      id: 'searchCatalog',
      method: 'get',
      path: ROUTE.catalogSearch,
      summary: 'Searches actions and connectors by words',
      description:
        "Without a token, the user's accounts are not told. Where nothing serves the need, the actions that come nearest are found.",
      access: 'anyone',
      query: searchQuery,
      answer: { bare: searchAnswer },
      codes: ['CONNECTOR_NOT_FOUND'],
    },
    {
      id: 'listMcpServers',
      method: 'get',
      path: '/mcps/list',
      summary: 'Lists connectors, and how their accounts are linked',
      access: 'public',
      query: mcpListQuery,
      answer: { data: z.array(mcpListing) },
    },
  ],
}

export const skillOperations: OperationGroup = {
  name: 'Skills',
  description: 'What `connectors-mcp skills add` added for a client, read-only.',
  operations: [
    {
      id: 'listSkills',
      method: 'get',
      path: ROUTE.skills,
      summary: 'Lists the skills; a bare list',
      access: 'token',
      query: pageQuery,
      answer: { bare: pageOf(managedSkill) },
    },
    {
      id: 'showSkill',
      method: 'get',
      path: '/api/skills/{id}',
      summary: 'Shows a skill, with a `download_url` that needs no token and is valid for a short time',
      access: 'token',
      answer: { data: managedSkillDetail },
      codes: ['NOT_FOUND'],
    },
    {
      id: 'downloadSkill',
      method: 'get',
      path: '/api/skills/{id}/download/{client}',
      summary: 'Is that `download_url`',
      access: 'public',
      query: skillDownloadQuery,
      answer: { content: 'text/markdown' },
      codes: ['NOT_FOUND'],
    },
  ],
}
