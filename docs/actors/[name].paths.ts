import { actorPages } from "../actors.data.ts";

interface PageRoutes {
  paths(): { params: { name: string }; content: string }[];
}

const routes: PageRoutes = {
  paths: () => actorPages().map(({ slug, content }) => ({ params: { name: slug }, content })),
};

export default routes;
