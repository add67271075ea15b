import type { components } from "./schema";

type Schemas = components["schemas"];

export type Asset = Schemas["AssetData"];
export type Attention = Schemas["AttentionData"];
export type Character = Schemas["CharacterData"];
export type Control = Schemas["ControlData"];
export type Emotion = Schemas["EmotionData"];
export type Expression = Schemas["ExpressionData"];
export type ExpressionGiven = Schemas["ExpressionGiven"];
export type Face = Schemas["FaceData"];
export type Factor = Schemas["FactorData"];
export type Hit = Schemas["HitData"];
export type Hits = Schemas["Hits"];
export type Job = Schemas["JobData"];
export type Library = Schemas["LibraryData"];
export type LiveFigure = Schemas["LiveCharacterData"];
export type LiveFrame = Schemas["LiveFrameData"];
export type Mapped = Schemas["MappedData"];
export type Mapping = Schemas["Mapping"];
export type Production = Schemas["ProductionData"];
export type Read = Schemas["Read"];
export type Reading = Schemas["ReadingData"];
export type SearchRequest = Schemas["SearchRequest"];
export type Space = Schemas["SpaceData"];
export type Style = Schemas["StyleData"];
export type Vocabulary = Schemas["Vocabulary"];
