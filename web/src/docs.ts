// The API's page: swagger-ui over this server's own /openapi.json, with no request to anybody else.
import "swagger-ui-dist/swagger-ui.css";
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";

SwaggerUI({
  url: "/openapi.json",
  dom_id: "#swagger",
  validatorUrl: null, // the default badge asks an outside service
  deepLinking: true,
  requestInterceptor: (request: { headers: Record<string, string> }) => ({ ...request, headers: { ...request.headers, "x-citygate": "1" } }),
  supportedSubmitMethods: ["get", "post", "put", "patch", "delete"],
});
