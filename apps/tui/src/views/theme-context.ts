/** How things look here, for every view. */
import { createContext, useContext } from 'react';
import { type Theme, themeOf } from '../terminal/theme.ts';

export const ThemeContext = createContext<Theme>(themeOf({ hasUnicode: true, colors: 'none' }));

export const useTheme = (): Theme => useContext(ThemeContext);
