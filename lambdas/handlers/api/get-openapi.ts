// The API's own description, for anybody: it holds nothing that is not public in the repository.
import openapi from '../../api/openapi.json' with { type: 'json' };
import { openapiDocumentRoutes } from '../../api/openapi-document.ts';
import { type ApiResponse, serveApi } from '../../middleware/serve-api.ts';

export const getOpenapi = async (): Promise<ApiResponse> => ({
  status: 200,
  body: openapi,
  headers: { 'cache-control': 'public, max-age=300' },
});

export const handler = serveApi(openapiDocumentRoutes['get-openapi'], () => getOpenapi);
