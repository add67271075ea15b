import type { components } from "./schema";

type Schemas = components["schemas"];

export type Asset = Schemas["AssetData"];
export type Character = Schemas["CharacterData"];
export type Emotion = Schemas["EmotionData"];
export type Expression = Schemas["ExpressionData"];
export type Face = Schemas["FaceData"];
export type Factor = Schemas["FactorData"];
export type Hit = Schemas["HitData"];
export type Hits = Schemas["Hits"];
export type Library = Schemas["LibraryData"];
export type Mapped = Schemas["MappedData"];
export type Mapping = Schemas["Mapping"];
export type Read = Schemas["Read"];
export type Reading = Schemas["ReadingData"];
export type SearchRequest = Schemas["SearchRequest"];
export type Style = Schemas["StyleData"];
