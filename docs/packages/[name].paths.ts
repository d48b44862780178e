import { packagePages } from "../packages.data.ts";

interface PageRoutes {
  paths(): { params: { name: string }; content: string }[];
}

const routes: PageRoutes = {
  paths: () => packagePages().map(({ name, content }) => ({ params: { name }, content })),
};

export default routes;
